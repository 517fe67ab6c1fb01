import { ApiError } from '../kit/errors.ts';
import { FINISHED_SESSIONS_KEPT } from './limits.ts';
import type { Session } from './session.ts';

/** The resumable uploads that a client may still ask about; they do not outlive the process. */
export class Sessions {
  readonly #open = new Map<string, Session>();
  readonly #done = new Map<string, Session>();

  add(session: Session): void {
    this.#open.set(session.id, session);
  }

  /** @throws ApiError 404, which makes Google's client start the upload anew */
  get(id: string): Session {
    const session = this.#open.get(id) ?? this.#done.get(id);
    if (session === undefined) {
      throw new ApiError('NOT_FOUND', `No such upload session: "${id}"; it never was, or it failed or was cancelled.`);
    }
    return session;
  }

  /** Files a session by its state: one that is done still answers a client that did not hear so, but not for ever. */
  async settle(session: Session): Promise<void> {
    if (session.state === 'open' || !this.#open.delete(session.id)) return;
    if (session.state === 'failed') {
      await session.discard();
      return;
    }
    this.#done.set(session.id, session);
    const [oldest] = this.#done.keys();
    if (oldest !== undefined && this.#done.size > FINISHED_SESSIONS_KEPT) this.#done.delete(oldest);
  }

  async cancel(session: Session): Promise<void> {
    this.#open.delete(session.id);
    await session.discard();
  }

  async clear(): Promise<void> {
    const sessions = [...this.#open.values()];
    this.#done.clear();
    this.#open.clear();
    await Promise.all(
      sessions.map(async (session) => {
        await session.discard();
      }),
    );
  }
}
