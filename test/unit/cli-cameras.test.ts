/** The words of the commands that are about cameras nobody knows yet. */
import { describe, expect, it } from 'vitest';
import { addCommands, deviceTable, notes } from '../../src/cli/probe/device-text.js';
import { addCommand, idFrom, yamlSnippet } from '../../src/cli/probe/snippet.js';
import { adviceLines, headline, table } from '../../src/cli/probe/text.js';
import type { DeviceReport } from '../../src/onvif/index.js';
import { weir } from '../support/cli.js';
import { GOOD_CAMERA } from '../support/probe-facts.js';

describe('help', () => {
  it('of probe', async () => {
    expect((await weir('probe', '--help')).stdout).toMatchInlineSnapshot(`
      "Usage: weir probe [options] <uri>

      Connects to a camera in a process that is thrown away, watches it for a few seconds, and says what
      it sends, what to change in it, and how it becomes a stream. Exits with 69 when it shows no picture.

      Arguments:
        uri                  rtsp://host/path or rtsps://host/path, without user and password

      Options:
        --user <ref>         user name, by reference, e.g. \${env:CAM_USER}
        --password <ref>     password, by reference, e.g. \${file:/run/secrets/cam}
        --transport <name>   how RTP comes (choices: "tcp", "udp", default: "tcp")
        --seconds <n>        watch it so long (default: 5)
        --timeout <seconds>  wait so long for its first key frame (default: 15)
        --snapshot <file>    save a picture as JPEG
        --json               print {"ok", ...} as one line of JSON, failures too
        -h, --help           display help for command

      Examples:
        weir probe rtsp://192.0.2.10/stream2                         what it sends, what to change
        weir probe rtsp://192.0.2.10/1 --user '\${env:CAM_USER}' --password '\${env:CAM_PASSWORD}'
        weir probe rtsp://192.0.2.10/1 --transport udp --seconds 20  does UDP lose packets here?
      "
    `);
  });

  it('of discover', async () => {
    expect((await weir('discover', '--help')).stdout).toMatchInlineSnapshot(`
      "Usage: weir discover [options]

      Asks the network for ONVIF cameras, and each camera for its model and its streams. Prints them, and
      the commands that add them. Most cameras tell their streams only with a login.

      Options:
        --timeout <seconds>    wait so long for cameras to answer (default: 3)
        --interface <address>  address of this machine to ask from (default: all of them)
        --address <host...>    ask these devices, host or host:port, instead of the network
        --user <ref>           user name, by reference, e.g. \${env:CAM_USER}
        --password <ref>       password, by reference, e.g. \${file:/run/secrets/cam}
        --json                 print {"devices": [{address, name, model, profiles, analyse, main,
                               problem}]}
        -h, --help             display help for command

      Examples:
        weir discover                                                            all that answer
        weir discover --user '\${env:CAM_USER}' --password '\${env:CAM_PASSWORD}'  their streams, too
        weir discover --address 192.0.2.10 192.0.2.11                            these two, behind a router
      "
    `);
  });
});

describe('wrong usage', () => {
  it.each([
    ['no address', ['probe'], /missing required argument 'uri'/],
    ['too long a look', ['probe', 'rtsp://c/1', '--seconds', '61'], /Expected a number from 1 to 60/],
    ['an unknown transport', ['probe', 'rtsp://c/1', '--transport', 'tls'], /Allowed choices are tcp, udp/],
    [
      'a network and a device',
      ['discover', '--interface', '127.0.0.1', '--address', 'c'],
      /cannot be used with/,
    ],
    ['half a login', ['discover', '--address', '127.0.0.1:1', '--user', '${env:U}'], /a user and a password/],
    ['an address that is not ours', ['discover', '--interface', '203.0.113.9'], /no address of this machine/],
  ])('%s', async (_what, args, message) => {
    const { code, stdout, stderr } = await weir(...args);
    expect({ code, stdout, stderr }).toEqual({
      code: 64,
      stdout: '',
      stderr: expect.stringMatching(message),
    });
  });

  it('a secret in place of its reference is not repeated', async () => {
    for (const command of [['probe', 'rtsp://c/1'], ['discover']]) {
      const { code, stderr } = await weir(...command, '--password', 'hush');
      expect({ code, hides: !stderr.includes('hush') }).toEqual({ code: 64, hides: true });
    }
  });

  it.each([
    ['rtsp://u:p@c/1', /user and password are not allowed.*\n {2}take them out of the URI.*--user/],
    ['file:///etc/passwd', /a file is no camera/],
    ['http://c/1', /scheme "http" is not allowed/],
    ['rtsp://2130706433/1', /malformed/],
  ])('%s is refused before anything is connected to', async (uri, message) => {
    const { code, stdout, stderr } = await weir('probe', uri);
    expect({ code, stdout }).toEqual({ code: 78, stdout: '' });
    expect(stderr).toMatch(message);
    expect(stderr).not.toContain('u:p');
  });

  it('of a login is one problem, told before anything is connected to', async () => {
    const { code, stderr } = await weir('probe', 'rtsp://c/1', '--user', '${env:U}');
    expect(code).toBe(78);
    expect(stderr).toContain('"user" without "password"');
  });
});

describe('a camera that was tried', () => {
  const report = {
    ...GOOD_CAMERA,
    width: 1920,
    height: 1080,
    advice: [{ about: 'resolution', text: 'less' }],
  };

  it('is told in a line, a table and advice', () => {
    expect(headline(report)).toBe('rtsp://192.0.2.10/… shows H264 1920x1080, 15.0 frames/s, 2000 kbit/s');
    expect(adviceLines(report)).toEqual(['→ resolution: less']);
    expect(table(report)).toMatchInlineSnapshot(`
      "what         seen                    good
      codec        H264 main 3.1           H264 or H265, 8 bits        ok
      resolution   1920x1080               up to 1280x720              see below
      frame rate   15.0, says 15           up to 15 per second         ok
      bitrate      2000 kbit/s             up to 4096 kbit/s           ok
      key frames   15 frames, 1.0 s apart  4 s apart or less           ok
      frame order  as shown                as shown                    ok
      packet loss  0.0 % by TCP            none                        ok
      login        digest                  digest, or any over rtsps:  ok
      offered      video H264              anything                    ok"
    `);
  });
});

describe('a stream', () => {
  const draft = { id: 'yard', uri: 'rtsp://192.0.2.10/2?a=1&b=2', fps: 15 };
  const login = { user: '${env:U}', password: '${file:/run/p}' };

  it('is written for weir.yaml', () => {
    expect(yamlSnippet({ ...draft, ...login, transport: 'udp', mainUri: 'rtsp://192.0.2.10/1' }))
      .toMatchInlineSnapshot(`
      "      - id: yard
              uri:
                analyse: rtsp://192.0.2.10/2?a=1&b=2
                live: rtsp://192.0.2.10/1
                record: rtsp://192.0.2.10/1
              user: \${env:U}
              password: \${file:/run/p}
              transport: udp
              fps: 15"
    `);
  });

  it('is written for a shell, which splits nothing of it', () => {
    expect(addCommand({ ...draft, ...login, mainUri: "rtsp://192.0.2.10/it's" })).toBe(
      "weir streams add yard 'rtsp://192.0.2.10/2?a=1&b=2' --live-uri 'rtsp://192.0.2.10/it'\\''s' " +
        "--record-uri 'rtsp://192.0.2.10/it'\\''s' --user '${env:U}' --password '${file:/run/p}' --fps 15",
    );
  });

  it.each([
    ['Front Door (West)', 'front-door-west'],
    ['camera-192.0.2.10', 'camera-192-0-2-10'],
    ['ctl', 'camera'],
    ['摄像机', 'camera'],
    ['--x', 'x'],
    ['y'.repeat(90), 'y'.repeat(40)],
  ])('is called by what %s has of an id', (words, id) => expect(idFrom(words)).toBe(id));
});

describe('devices', () => {
  const profile = (token: string, more: object) => ({
    ...{ token, name: token, codec: 'H264', width: 640, height: 360, uri: `rtsp://192.0.2.10/${token}` },
    ...more,
  });
  const device = (more: Partial<DeviceReport>): DeviceReport => ({
    ...{
      address: '192.0.2.10',
      service: 'http://192.0.2.10/onvif/device_service',
      name: 'Yard',
      profiles: [],
    },
    ...more,
  });
  const two = device({
    ...{ model: 'ACME X1', analyse: 'sub', main: 'main', clockSkewSeconds: 90 },
    profiles: [profile('main', { width: 1920, height: 1080, fps: 25 }), profile('sub', { note: 'odd' })],
  });
  const locked = device({
    ...{ address: '192.0.2.11', name: '192.0.2.11', clockSkewSeconds: 2 },
    problem: { cause: 'unauthorized', message: 'a login is wanted' },
  });

  it('stand in a table, a line for each profile', () => {
    expect(deviceTable([two, locked])).toMatchInlineSnapshot(`
      "name        address     model    profile       shows                   for
      Yard        192.0.2.10  ACME X1  main          H264 1920x1080, 25 fps  live, recording
                                       sub           H264 640x360            analysis
      192.0.2.11  192.0.2.11  ?        unauthorized"
    `);
  });

  it('have notes where something is odd', () => {
    expect(notes(two)).toEqual([
      '→ Yard (192.0.2.10): its clock is 90 s fast',
      '→ Yard (192.0.2.10): sub: odd',
    ]);
    expect(notes(locked)).toEqual(['→ 192.0.2.11: unauthorized: a login is wanted']);
  });

  it('become commands, no id twice', () => {
    const one = device({ analyse: 'only', main: 'only', profiles: [profile('only', {})] });
    expect(addCommands([two, locked, one], { user: '${env:U}', password: '${env:P}' })).toEqual([
      'weir streams add yard rtsp://192.0.2.10/sub --live-uri rtsp://192.0.2.10/main ' +
        "--record-uri rtsp://192.0.2.10/main --user '${env:U}' --password '${env:P}'",
      "weir streams add yard-2 rtsp://192.0.2.10/only --user '${env:U}' --password '${env:P}'",
    ]);
  });
});
