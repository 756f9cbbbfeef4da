import type { Messages } from '../en.ts';

/** The way in, where the server asks for a key. */
export const login: Messages['login'] = {
  title: 'Đăng nhập',
  lead: 'Máy chủ này cần một khóa. Người quản lý máy chủ sẽ tạo khóa cho bạn.',
  key: 'Khóa',
  logIn: 'Đăng nhập',
  logOut: 'Đăng xuất',
};
