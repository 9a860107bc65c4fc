// Door of the feedback domain: what a signal is.
export { Signal, SignalKind, StoredSignal } from "./types.ts";
export { clusterSignals, type Cluster } from "./service/cluster.ts";
