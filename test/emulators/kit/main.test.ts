import { createServer } from 'node:net';
import { describe, expect, test } from '@jest/globals';
import { listen } from '../../../emulators/kit/http.ts';
import { spawnProgram, startProgram } from './program.ts';

const MAIN = 'test/emulators/kit/hello-main.ts';

describe('an emulator as a program', () => {
  test.each(['SIGINT', 'SIGTERM'] as const)('serves, says so in one line, and ends on %s', async (signal) => {
    await using program = await startProgram(MAIN);
    const host = program.ready.env['HELLO_EMULATOR_HOST'] ?? '';
    expect(program.ready).toEqual({
      ready: 'hello',
      env: { HELLO_EMULATOR_HOST: expect.stringMatching(/^127\.0\.0\.1:\d+$/) },
    });
    expect(await (await fetch(`http://${host}/`)).text()).toBe('Ok\n');
    program.child.kill(signal);
    program.child.kill(signal);
    expect(await program.ended).toEqual({ code: 0, stderr: '' });
  });

  test('takes the port and the clock that it is given', async () => {
    const probe = createServer();
    const port = await listen(probe, 0);
    await new Promise((resolve) => probe.close(resolve));
    const clock = { realOrigin: 0, virtualOrigin: 86_400_000, rate: 1e-9 };
    await using program = await startProgram(MAIN, ['--port', String(port), '--clock', JSON.stringify(clock)]);
    expect(program.ready.env['HELLO_EMULATOR_HOST']).toBe(`127.0.0.1:${port}`);
    expect(await (await fetch(`http://127.0.0.1:${port}/emulator/v1/clock`)).json()).toMatchObject(clock);
    program.child.kill();
    expect((await program.ended).code).toBe(0);
  });

  test('ends when the process that started it lets go of it', async () => {
    await using program = await startProgram(MAIN, [], { ipc: true });
    program.child.disconnect();
    expect(await program.ended).toEqual({ code: 0, stderr: '' });
  });

  test('ends even when that process goes before it serves', async () => {
    const { child, ended } = spawnProgram(MAIN, [], { ipc: true });
    child.disconnect();
    expect(await ended).toEqual({ code: 0, stderr: '' });
  });

  test('ends with code 1 and the reason when the emulator dies', async () => {
    await using program = await startProgram(MAIN);
    await fetch(`http://${program.ready.env['HELLO_EMULATOR_HOST'] ?? ''}/v1/die`, { method: 'POST' }).catch(
      () => undefined,
    );
    expect(await program.ended).toEqual({ code: 1, stderr: 'hello: told to die\n' });
  });

  test.each([
    [['--port', '70000'], 'hello: --port "70000": must be an integer from 0 to 65535\n'],
    [['--port', 'http'], 'hello: --port "http": must be'],
    [['--port', ''], 'hello: --port "": must be'],
    [['--clock', '{'], 'hello: --clock {: '],
    [['--clock', '{"rate":0,"realOrigin":0,"virtualOrigin":0}'], 'clock.rate is 0: must be above 0'],
    [['--colour', 'red'], "hello: Unknown option '--colour'"],
    [['--data-dir', '/nowhere'], 'hello: the data folder /nowhere cannot be used: hello keeps none\n'],
  ])('%j is one line of reason and code 1', async (args, message) => {
    const { code, stderr } = await spawnProgram(MAIN, args).ended;
    expect(code).toBe(1);
    expect(stderr).toContain(message);
    expect(stderr).not.toContain('    at ');
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
  });

  test('names a port that is occupied', async () => {
    const occupant = createServer();
    const port = await listen(occupant, 0);
    const { code, stderr } = await spawnProgram(MAIN, ['--port', String(port)]).ended;
    expect([code, stderr]).toEqual([
      1,
      `hello: port ${port} on 127.0.0.1 is occupied; free it or let the local cloud choose (port 0)\n`,
    ]);
    await new Promise((resolve) => occupant.close(resolve));
  });

  test('--help says how to run it', async () => {
    const { child, ended } = spawnProgram(MAIN, ['--help']);
    let text = '';
    child.stdout?.on('data', (chunk: Buffer) => (text += chunk.toString()));
    expect(await ended).toEqual({ code: 0, stderr: '' });
    expect(text).toBe('usage: node emulators/hello/main.ts [--port N] [--data-dir DIR] [--clock JSON]\n');
  });
});
