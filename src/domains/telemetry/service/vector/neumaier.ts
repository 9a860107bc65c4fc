// Compensated sums: adding 1e100, 1 and -1e100 gives 1. Source: A. Neumaier 1974; en.wikipedia.org/wiki/Kahan_summation_algorithm.

export class CompensatedSum {
  sum = 0;
  compensation = 0;

  add(value: number): void {
    const next = this.sum + value;
    if (next === Number.POSITIVE_INFINITY || next === Number.NEGATIVE_INFINITY) this.compensation = 0;
    else if (Math.abs(this.sum) >= Math.abs(value)) this.compensation += (this.sum - next) + value;
    else this.compensation += (value - next) + this.sum;
    this.sum = next;
  }

  get total(): number {
    return Number.isFinite(this.sum) ? this.sum + this.compensation : this.sum;
  }
}

/** Mean of [from, to): by the sum, or step by step where the sum would overflow. */
export function meanOf(values: ArrayLike<number>, from: number, to: number): number {
  let sum = values[from] ?? Number.NaN, compensation = 0, mean = 0, isIncremental = false, count = 1;
  for (let index = from + 1; index < to; index++) {
    const value = values[index] ?? Number.NaN;
    count++;
    if (!isIncremental) {
      const next = sum + value;
      if (next !== Number.POSITIVE_INFINITY && next !== Number.NEGATIVE_INFINITY) {
        compensation += Math.abs(sum) >= Math.abs(value) ? (sum - next) + value : (value - next) + sum;
        sum = next;
        continue;
      }
      isIncremental = true;
      mean = sum / (count - 1);
      compensation /= count - 1;
    }
    const share = (count - 1) / count, before = share * mean, add = value / count;
    const next = before + add;
    compensation *= share;
    if (!Number.isFinite(next)) compensation = 0;
    else compensation += Math.abs(before) >= Math.abs(add) ? (before - next) + add : (add - next) + before;
    mean = next;
  }
  return isIncremental ? mean + compensation : sum / count + compensation / count;
}
