import { type Request, type Response, Router } from 'express';
import type { Access } from '#access/access.ts';
import { sessionCookie } from '#access/credentials.ts';
import { type SessionReply, sessionRequest } from '#contract/session.ts';
import type { Principal } from '#core/principal.ts';
import { parseRequest } from '#core/parse-request.ts';
import { sessionMs } from '#store/sessions.ts';
import { contextOf, principalOf } from './request-context.ts';

/** `POST /v1/session`: the one request under /v1 that needs no key, since it brings one. */
export function logInRoute(access: Access): Router {
  return Router().post('/', async function logIn(request: Request, response: Response) {
    const { key } = parseRequest(sessionRequest, request.body);
    const { principal, token, csrfToken } = await access.logIn(request, key);
    contextOf(response).principal = principal;
    response.cookie(sessionCookie, token, cookieOptions(access, request)).set('Cache-Control', 'no-store');
    response.json(sessionOf(principal, csrfToken));
  });
}

/** `/v1/session`: who the client is, and the end of its session. */
export function sessionRoutes(access: Access, onEnd: () => void): Router {
  const router = Router();
  router.get('/', function showSession(request: Request, response: Response) {
    const principal = principalOf(response);
    response.set('Cache-Control', 'no-store');
    response.json(sessionOf(principal, access.csrfToken(principal, request)));
  });
  router.delete('/', function logOut(request: Request, response: Response) {
    access.logOut(principalOf(response));
    response.clearCookie(sessionCookie, cookieOptions(access, request)).status(204).end();
    response.once('close', onEnd);
  });
  return router;
}

function cookieOptions(access: Access, request: Request) {
  const secure = access.addresses.isSecure(request);
  return { httpOnly: true, sameSite: 'strict', secure, path: '/', maxAge: sessionMs } as const;
}

function sessionOf({ userId: id, userName: name, role }: Principal, csrfToken: string | null): SessionReply {
  return { user: id === null ? null : { id, name }, role, csrfToken };
}
