// How the processes of an instance are known. Pure.

/** The marker by which all processes of a service are found, in whatever session they hide. */
export function markerOf(runId: string, name: string): string { return `${runId}.${name}`; }
