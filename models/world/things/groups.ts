/** What kinds of things there are, in English and as a Vietnamese phrase. */
export const vietnameseGroup = {
  animal: 'động vật',
  bird: 'loài chim',
  'sea animal': 'động vật biển',
  insect: 'côn trùng',
  plant: 'thực vật',
  fruit: 'trái cây',
  vegetable: 'rau củ',
  food: 'món ăn',
  drink: 'đồ uống',
  vehicle: 'phương tiện giao thông',
  building: 'công trình',
  'thing outdoors': 'thứ ngoài trời',
  toy: 'đồ chơi',
  clothing: 'đồ để mặc',
  instrument: 'nhạc cụ',
  device: 'thiết bị',
  'household thing': 'đồ gia dụng',
  tool: 'dụng cụ',
} as const;

export type Group = keyof typeof vietnameseGroup;

export const groups: readonly Group[] = Object.keys(vietnameseGroup).filter(isGroup);

export function isGroup(name: string): name is Group {
  return Object.hasOwn(vietnameseGroup, name);
}
