/** Element `index` of a list that the caller knows to be there. Throws `RangeError` where it is not. */
export function at<T>(list: ArrayLike<T | undefined>, index: number): T {
  const item = list[index];
  if (item === undefined) throw new RangeError(`no element ${index} in a list of ${list.length}`);
  return item;
}
