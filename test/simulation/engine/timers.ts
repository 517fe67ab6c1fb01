import { currentCall } from './calls.ts';

/** Timers of this length and longer guard against things that do not happen here (a database that does not answer). */
const GUARD_MS = 10_000;

/**
 * Time inside of a call is the simulation's: its pauses (polling a job, backing off) take none, and its heartbeats beat
 * when the scheduler says so. Everything else in the process keeps its real timers.
 */
export function simulateTimers(): void {
  const { setTimeout: realTimeout, setInterval: realInterval, clearInterval: realClear } = globalThis;
  const simulated = new WeakMap<object, () => void>();

  const timeout = (callback: (...args: unknown[]) => void, ms = 0, ...args: unknown[]): NodeJS.Timeout =>
    realTimeout(callback, currentCall() && ms < GUARD_MS ? 0 : ms, ...args);
  const interval = (callback: () => void, ms?: number): NodeJS.Timeout => {
    const call = currentCall();
    if (!call) return realInterval(callback, ms);
    call.heartbeats.add(callback);
    // A timer that never fires, for whoever calls unref() on it.
    const handle = realTimeout(() => undefined, 0);
    simulated.set(handle, () => call.heartbeats.delete(callback));
    return handle;
  };
  globalThis.setTimeout = Object.assign(timeout, realTimeout);
  globalThis.setInterval = interval;
  globalThis.clearInterval = (handle) => {
    const stop = typeof handle === 'object' ? simulated.get(handle) : undefined;
    if (stop) stop();
    else realClear(handle);
  };
}
