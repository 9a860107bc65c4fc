// Ids that cannot be mixed up: a string that carries its meaning in its type only.

declare const brand: unique symbol;
export type Brand<T, Name extends string> = T & { readonly [brand]: Name };
