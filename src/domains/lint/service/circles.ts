// Circles in a directed graph of names: files, folders or domains. Pure.

/** Strongly connected components of more than one file, or of one that imports itself; Tarjan's algorithm without recursion. */
export function components(nodes: readonly string[], next: (node: string) => readonly string[]): string[][] {
  const numbers = new Map<string, number>();
  const lows = new Map<string, number>();
  const stack: string[] = [];
  const isOnStack = new Set<string>();
  const found: string[][] = [];
  const open = (node: string) => { numbers.set(node, numbers.size); lows.set(node, numbers.size - 1); stack.push(node); isOnStack.add(node); };
  const lower = (node: string, value: number) => { lows.set(node, Math.min(lows.get(node) ?? value, value)); };
  for (const start of nodes) {
    if (numbers.has(start)) continue;
    open(start);
    const work = [{ node: start, targets: next(start), at: 0 }];
    for (let frame = work.at(-1); frame !== undefined; frame = work.at(-1)) {
      const target = frame.targets[frame.at++];
      if (target !== undefined) {
        if (!numbers.has(target)) { open(target); work.push({ node: target, targets: next(target), at: 0 }); }
        else if (isOnStack.has(target)) lower(frame.node, numbers.get(target) ?? 0);
        continue;
      }
      work.pop();
      const parent = work.at(-1);
      if (parent !== undefined) lower(parent.node, lows.get(frame.node) ?? 0);
      if (lows.get(frame.node) !== numbers.get(frame.node)) continue;
      const component = stack.splice(stack.lastIndexOf(frame.node));
      for (const node of component) isOnStack.delete(node);
      if (component.length > 1 || next(frame.node).includes(frame.node)) found.push(component);
    }
  }
  return found;
}

/** The shortest circle through the component's first file by name, beginning there. */
export function shortestCircle(component: readonly string[], next: (node: string) => readonly string[]): string[] {
  const inside = new Set(component);
  const start = [...component].sort()[0] ?? "";
  const before = new Map<string, string>();
  const queue = [start];
  for (let node = queue.shift(); node !== undefined; node = queue.shift()) {
    for (const target of next(node)) {
      if (target === start) {
        const path = [node];
        for (let at = before.get(node); at !== undefined; at = before.get(at)) path.unshift(at);
        return path[0] === start && path.length === 1 && node === start ? [start, start] : path;
      }
      if (inside.has(target) && !before.has(target)) { before.set(target, node); queue.push(target); }
    }
  }
  return [start];
}
