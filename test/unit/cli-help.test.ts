import { describe, expect, it } from 'vitest';
import { weir } from '../support/cli.js';

describe('help', () => {
  it('of the program', async () => {
    expect((await weir('--help')).stdout).toMatchInlineSnapshot(`
      "Usage: weir [options] [command]

      Cameras in, tracked detections on NATS out: runs DeepStream pipelines from one YAML file.

      Options:
        -V, --version                output the version number
        -h, --help                   display help for command

      Commands:
        up [options] [spec]          run the appliance a spec describes
        watch [options] [stream...]  follow detections and states on NATS
        config                       check a spec, render what is generated from it
        doctor [options] [spec]      check the installation, each failure with a remedy
        demo [options]               simulated cameras, an appliance and NATS on this machine
        help [command]               display help for command

      Exit codes: 0 done, 64 wrong usage, 65 bad data, 69 something needed is missing or away,
      70 a fault of Weir or its pipeline, 74 input/output, 77 not permitted, 78 wrong configuration.
      "
    `);
  });

  it('of up', async () => {
    expect((await weir('up', '--help')).stdout).toMatchInlineSnapshot(`
      "Usage: weir up [options] [spec]

      Runs the appliance until SIGINT or SIGTERM. Logs go to stderr, as JSON unless that is a terminal.

      Arguments:
        spec                 the spec (default: "weir.yaml")

      Options:
        --log-level <level>  least important line to log (choices: "debug", "info", "warn", "error",
                             "silent", default: "info")
        -h, --help           display help for command
      "
    `);
  });

  it('of watch', async () => {
    expect((await weir('watch', '--help')).stdout).toMatchInlineSnapshot(`
      "Usage: weir watch [options] [stream...]

      Follows streams on NATS until SIGINT: a table of rates and states, or every message as a JSON line.
      Where to listen comes from --nats, or else from the spec (--spec, or weir.yaml if there is one).

      Arguments:
        stream              streams to follow (default: all)

      Options:
        -s, --spec <file>   spec to take server, prefix, appliance and credentials from
        --nats <url>        NATS server, without a spec
        --prefix <prefix>   first tokens of the subjects, without a spec (default: "weir")
        --appliance <name>  appliance, without a spec (default: "*")
        --json              print every message as one line of JSON
        -h, --help          display help for command
      "
    `);
  });

  it('of config', async () => {
    expect((await weir('config', '--help')).stdout).toMatchInlineSnapshot(`
      "Usage: weir config [options] [command]

      Works on specs without running anything.

      Options:
        -h, --help               display help for command

      Commands:
        check [options] [file]   validate a spec, or an nvinfer config file
        render [options] [spec]  write the DeepStream files and the graph of a spec
        schema                   print the JSON Schema of a spec, for editors
        help [command]           display help for command
      "
    `);
  });

  it('of config check', async () => {
    expect((await weir('config', 'check', '--help')).stdout).toMatchInlineSnapshot(`
      "Usage: weir config check [options] [file]

      Says all that is wrong with a spec at once: file, line, column, value and remedy. A file whose name
      ends in .txt is checked as an nvinfer config file.

      Arguments:
        file               the spec (default: "weir.yaml")

      Options:
        --provider <name>  render for these elements (choices: "standin", "nvidia", default: "standin")
        --json             print {"ok", "problems": [{file, line, column, path, value, message, remedy}]}
        -h, --help         display help for command
      "
    `);
  });

  it('of config render', async () => {
    expect((await weir('config', 'render', '--help')).stdout).toMatchInlineSnapshot(`
      "Usage: weir config render [options] [spec]

      Renders the nvinfer and nvtracker files and the graph (DOT) of every pipeline.

      Arguments:
        spec               the spec (default: "weir.yaml")

      Options:
        -o, --out <dir>    folder to write into (default: print to stdout)
        --provider <name>  for which elements (choices: "standin", "nvidia", default: "standin")
        -h, --help         display help for command
      "
    `);
  });

  it('of doctor', async () => {
    expect((await weir('doctor', '--help')).stdout).toMatchInlineSnapshot(`
      "Usage: weir doctor [options] [spec]

      Checks Node, the addon, GStreamer and its elements, decoders and models; with a spec also its
      models, secrets, NATS servers and cameras. Exits with 69 when a check fails.

      Arguments:
        spec          spec to check (default: weir.yaml if there is one)

      Options:
        --nats <url>  also check this NATS server
        --json        print {"ok", "checks": [{name, ok, detail, remedy}]}
        -h, --help    display help for command
      "
    `);
  });

  it('of demo', async () => {
    expect((await weir('demo', '--help')).stdout).toMatchInlineSnapshot(`
      "Usage: weir demo [options]

      Starts a NATS server, simulated RTSP cameras and an appliance, shows a live table, and saves an
      annotated picture per camera. Ends after --for seconds, or at SIGINT, and leaves no process behind.

      Options:
        --streams <n>    number of cameras (default: 4)
        --for <seconds>  run this long (default: until SIGINT; 20 with --json)
        --rate <n>       inferences per second and camera (default: 5)
        --scene <scene>  what the cameras see (choices: "footage", "synthetic", default: "footage")
        --out <dir>      folder for pictures, spec and log (default: weir-demo in the temporary folder)
        --json           print a summary as one line of JSON at the end; the table goes to stderr
        -h, --help       display help for command
      "
    `);
  });

  it('asked for is no failure', async () => expect((await weir('up', '--help')).code).toBe(0));
});
