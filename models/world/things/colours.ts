/** Colours that have a name; the first eight are those a thing can be dyed in. */
export const colourNames = [
  'red',
  'orange',
  'yellow',
  'green',
  'blue',
  'purple',
  'pink',
  'black',
  'white',
  'brown',
  'grey',
] as const;
export type ColourName = (typeof colourNames)[number];

export const dyes = colourNames.slice(0, 8);

export const vietnameseColour: Record<ColourName, string> = {
  red: 'màu đỏ',
  orange: 'màu cam',
  yellow: 'màu vàng',
  green: 'màu xanh lá',
  blue: 'màu xanh dương',
  purple: 'màu tím',
  pink: 'màu hồng',
  black: 'màu đen',
  white: 'màu trắng',
  brown: 'màu nâu',
  grey: 'màu xám',
};
