// Door of the feedback domain: what a signal is.
export { Signal, SignalKind, StoredSignal } from "./types.ts";
export { clusterSignals, type Cluster } from "./service/cluster.ts";
export { termsOf } from "./service/terms.ts";
export { clusteredMax } from "./service/cluster.ts";
export { fromSaid, onceOfCheck, onceOfComment } from "./service/webhooks.ts";
