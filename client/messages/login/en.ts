/** The way in, where the server asks for a key. */
export const login = {
  title: 'Log in',
  lead: 'This server asks for a key. Whoever runs it makes one for you.',
  key: 'Key',
  logIn: 'Log in',
  logOut: 'Log out',
};
