// The functions that a template may call: Go's own, sprig's that Loki documents, and Loki's.
export const templateFunctionNames: ReadonlySet<string> = new Set([
  "and", "or", "not", "eq", "ne", "lt", "le", "gt", "ge", "len", "index", "slice", "print", "printf", "println", "html", "js", "urlquery",
  "__line__", "__timestamp__", "ToLower", "ToUpper", "Replace", "Trim", "TrimLeft", "TrimRight", "TrimPrefix", "TrimSuffix", "TrimSpace",
  "regexReplaceAll", "regexReplaceAllLiteral", "count", "lower", "upper", "title", "trunc", "substr", "contains", "hasPrefix", "hasSuffix", "indent", "nindent",
  "replace", "repeat", "trim", "trimAll", "trimSuffix", "trimPrefix", "alignLeft", "alignRight", "int", "float64", "add", "sub", "mul", "div", "mod", "addf", "subf",
  "mulf", "divf", "max", "min", "maxf", "minf", "ceil", "floor", "round", "fromJson", "date", "toDate", "toDateInZone", "now", "unixToTime", "unixEpoch",
  "unixEpochMillis", "unixEpochNanos", "default", "urlencode", "urldecode", "b64enc", "b64dec", "bytes", "duration", "duration_seconds",
]);
