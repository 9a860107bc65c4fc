// Is a comment a thumb down? Pure.

/** At the beginning of the comment only: who writes about a thumb in a sentence has not given one. */
export function isThumbDown(text: string): boolean {
  return /^\s*(?:👎|:-1:|:thumbsdown:|\/reject\b|thumbs? down\b)/iu.test(text);
}
