/** The form of a word that a number asks for in a language; `other` for the categories that are not given. */
export type Forms = { readonly other: string } & { readonly [Category in Intl.LDMLPluralRule]?: string };

/** A function from a number to its text: `#` in the form stands for the number, written as the language does. */
export function plural(language: string): (count: number, forms: Forms) => string {
  const rules = new Intl.PluralRules(language);
  const numbers = new Intl.NumberFormat(language);
  return (count, forms) => (forms[rules.select(count)] ?? forms.other).replaceAll('#', numbers.format(count));
}
