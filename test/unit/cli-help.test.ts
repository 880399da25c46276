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
        status [options]             the appliance, its pipelines and streams at a glance
        streams                      list, add, change and remove streams while it runs
        pipelines                    list pipelines, restart one
        apply [options] [spec]       make a spec the desired state of a running appliance
        logs [options]               what the appliance and its workers log
        operations [options]         who changed what
        graph [options] [pipeline]   draw a pipeline's graph, as DOT or Mermaid
        watch [options] [stream...]  follow detections, states and events on NATS
        audit [options] [stream]     what became of everything the cameras sent
        config                       check a spec, render what is generated from it
        plan [options] [spec]        does a device carry the cameras of a spec, and what would fit
        engine                       build TensorRT engines, say which are stale
        doctor [options] [spec]      check the installation, each failure with a remedy
        probe [options] <uri>        try a camera: what it sends, and what to change
        discover [options]           find ONVIF cameras and their streams
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

      Runs the appliance until SIGINT or SIGTERM: a supervisor, and a process for each pipeline. SIGHUP
      reads the spec anew. Logs go to stderr, as JSON unless that is a terminal.

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

      Follows streams on NATS until SIGINT: a table of rates, states and last events, or every message as
      a JSON line. Where to listen comes from --nats, or else from the spec (--spec, or weir.yaml if there
      is one).

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

  it('of plan', async () => {
    expect((await weir('plan', '--help')).stdout).toMatchInlineSnapshot(`
      "Usage: weir plan [options] [spec]

      Computes from published figures what the cameras of a spec ask of a Jetson or GPU: its decoder, GPU
      and memory. Names what is in the way, and the smallest changes that fit. Exits with 69 when it does
      not fit.

      Arguments:
        spec                   the spec (default: "weir.yaml")

      Options:
        --device <id>          for this device: its id or part number (default: this machine)
        --devices              list the devices
        --assume <format>      what cameras send: [STREAM=][WIDTHxHEIGHT][@FPS][/h264|/h265][/BITRATE];
                               may be repeated (default: the fps of the spec, 1920x1080/h264/4M)
        --probe                ask the cameras what they send; those that do not answer are assumed
        --model-fps <n>        frames per second of a model's bare engine: [MODEL=]N; may be repeated
        --gflops <n>           for an estimate of them: billions of operations of one inference, [MODEL=]N
        --super                the module runs in a Super power mode
        --video-clock <share>  configured of highest video clock
        --snapshots <n>        JPEG pictures per second (default: 0)
        --encoded-views <n>    views encoded as video at once (default: 0)
        --json                 print the plan, or the devices, as JSON: docs/planning.md
        -h, --help             display help for command

      Examples:
        weir plan --device orin-nx-16gb  does weir.yaml fit on it?
        weir plan --device agx-orin-64gb --assume 1920x1080@15/h265/3M
        weir plan --probe                on the device itself, with its cameras
      "
    `);
  });

  it('of doctor', async () => {
    expect((await weir('doctor', '--help')).stdout).toMatchInlineSnapshot(`
      "Usage: weir doctor [options] [spec]

      Checks Node, the addon, GStreamer and its elements, decoders and models; on a Jetson or for NVIDIA
      also the device and its software; with a spec also its models, secrets, NATS servers and cameras.
      With --deep also asks the elements what is known of NVIDIA's, and plays a film in a pipeline of its
      own. Exits with 69 when a check fails or an answer differs; a warning is no failure.

      Arguments:
        spec          spec to check (default: weir.yaml if there is one)

      Options:
        --nats <url>  also check this NATS server
        --deep        also hold the elements against what is known of them; takes about a minute
        --json        print {"ok", "checks": [{name, ok, warning, detail, remedy}]}; with --deep "deep"
                      too
        -h, --help    display help for command
      "
    `);
  });

  it('of engine', async () => {
    expect((await weir('engine', '--help')).stdout).toMatchInlineSnapshot(`
      "Usage: weir engine [options] [command]

      Works on the TensorRT engines that pipelines load on NVIDIA hardware.

      Options:
        -h, --help              display help for command

      Commands:
        build [options] [spec]  build the engines a spec needs
        list [options] [spec]   all engines, and whether they fit
        why [options] [spec]    whether each engine is used as it is, and why not
        clean [options] [spec]  remove engines that are of no use any more
        help [command]          display help for command
      "
    `);
  });

  it('of engine build', async () => {
    expect((await weir('engine', 'build', '--help')).stdout).toMatchInlineSnapshot(`
      "Usage: weir engine build [options] [spec]

      Builds the TensorRT engines of all pipelines of a spec that are missing, stale or of unknown origin,
      one after the other, on the machine that will load them. Takes minutes each. An interrupted build
      leaves the old engine.

      Arguments:
        spec                    the spec (default: "weir.yaml")

      Options:
        --dry-run               only print the command lines of trtexec
        --force                 build also what is fresh
        --deadline <minutes>    give an engine up after so long (default: 60)
        --json                  print {"engines": [{engine, outcome, why, bytes, seconds}]}
        --workspace <MiB>       most memory a layer may use while it runs
        --pool <name=MiB>       limit of another memory pool, again for each: dlaSRAM, dlaLocalDRAM,
                                dlaGlobalDRAM
        --timing-cache <file>   keep what was measured, for faster builds
        --optimisation <level>  0 builds fastest, 5 makes the fastest engines (default: TensorRT's)
        --trtexec <file>        trtexec to use (default: WEIR_TRTEXEC, /usr/src/tensorrt/bin/trtexec, the
                                PATH)
        --unchecked             do not look at free memory and disk before
        --model <name>          an engine of this model, without a spec
        --batch <pictures>      with --model: detector.batch
        --precision <name>      with --model: detector.precision
        --calibration <file>    with --model: detector.calibration
        --gpu <number>          with --model: detector.gpu
        --dla <core>            with --model: detector.dla
        -h, --help              display help for command

      Examples:
        weir engine build weir.yaml                                           what its pipelines need
        weir engine build --model nanodet-320x256 --batch 8 --precision fp16  without a spec
      "
    `);
  });

  it('of engine list', async () => {
    expect((await weir('engine', 'list', '--help')).stdout).toMatchInlineSnapshot(`
      "Usage: weir engine list [options] [spec]

      Lists the engines of a spec, and what else lies in their folders: fresh, stale, missing, or unknown
      where nothing is recorded of how it was built.

      Arguments:
        spec        the spec (default: "weir.yaml")

      Options:
        --json      print {"engines": [{engine, state, pipelines, why, bytes, builtAt, seconds, …}]}
        -h, --help  display help for command

      Examples:
        weir engine list weir.yaml  a table
      "
    `);
  });

  it('of engine why', async () => {
    expect((await weir('engine', 'why', '--help')).stdout).toMatchInlineSnapshot(`
      "Usage: weir engine why [options] [spec]

      Says for each engine of a spec whether it is used as it is (hit) or has to be built (miss), and what
      is different: what it was built for, and what it is to be for now.

      Arguments:
        spec        the spec (default: "weir.yaml")

      Options:
        --json      print {"engines": [{engine, hit, state, why, differences: [{part, was, is}]}]}
        -h, --help  display help for command

      Examples:
        weir engine why weir.yaml
      "
    `);
  });

  it('of engine clean', async () => {
    expect((await weir('engine', 'clean', '--help')).stdout).toMatchInlineSnapshot(`
      "Usage: weir engine clean [options] [spec]

      Removes from the folders of the engines of a spec: engines that are stale or whose model is gone,
      records whose engine is gone, and what killed builds left. Only what Weir has a record of: engines
      built by nvinfer or by hand stay, and so does what is being built.

      Arguments:
        spec        the spec (default: "weir.yaml")

      Options:
        --dry-run   only say what would be removed
        -h, --help  display help for command

      Examples:
        weir engine clean weir.yaml --dry-run  what would go
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

  it('of status', async () => {
    expect((await weir('status', '--help')).stdout).toMatchInlineSnapshot(`
      "Usage: weir status [options]

      Shows a running appliance: its pipelines and their processes, its streams, and what is wrong with
      them.

      Options:
        -w, --watch          go on each second until SIGINT, also while the appliance is away
        --json               print {appliance, version, generation, spec, pipelines, streams}; with
                             --watch a line each
        -h, --help           display help for command

      Which appliance:
        --socket <path>      its control socket (default: WEIR_SOCKET, else that of its spec)
        -s, --spec <file>    its spec (default: weir.yaml if there is one, else /run/weir/weir.sock)
        --url <url>          over TCP: http(s)://host:port of its control.listen (default: WEIR_URL)
        --token-file <file>  file of the token to use with it (default: WEIR_TOKEN)

      Examples:
        weir status --watch               a live table
        weir status --json | jq .streams  how many are live
      "
    `);
  });

  it('of streams', async () => {
    expect((await weir('streams', '--help')).stdout).toMatchInlineSnapshot(`
      "Usage: weir streams [options] [command]

      Works on the streams of an appliance that runs. What is changed outlives its processes.

      Options:
        -h, --help                   display help for command

      Commands:
        list [options]               all streams and what they do
        show [options] <id>          everything about one stream
        add [options] [id] [uri]     add a stream
        update [options] <id> [uri]  change a stream
        remove [options] <id...>     remove streams
        restart [options] <id>       connect a stream anew, at once
        snapshot [options] <id>      save a stream's next picture as JPEG
        help [command]               display help for command
      "
    `);
  });

  it('of streams list', async () => {
    expect((await weir('streams', 'list', '--help')).stdout).toMatchInlineSnapshot(`
      "Usage: weir streams list [options]

      Lists the streams of a running appliance.

      Options:
        --json               print {"streams": [{id, pipeline, origin, state, cause, message, fps, spec,
                             …}]}
        -h, --help           display help for command

      Which appliance:
        --socket <path>      its control socket (default: WEIR_SOCKET, else that of its spec)
        -s, --spec <file>    its spec (default: weir.yaml if there is one, else /run/weir/weir.sock)
        --url <url>          over TCP: http(s)://host:port of its control.listen (default: WEIR_URL)
        --token-file <file>  file of the token to use with it (default: WEIR_TOKEN)

      Examples:
        weir streams list                                 a table
        weir streams list --json | jq -r '.streams[].id'  their names alone
      "
    `);
  });

  it('of streams show', async () => {
    expect((await weir('streams', 'show', '--help')).stdout).toMatchInlineSnapshot(`
      "Usage: weir streams show [options] <id>

      Shows what a stream does, why, what happens next, its description and its counters.

      Arguments:
        id                   the stream

      Options:
        --json               print {id, pipeline, origin, state, since, cause, message, retryAt, spec, …}
        -h, --help           display help for command

      Which appliance:
        --socket <path>      its control socket (default: WEIR_SOCKET, else that of its spec)
        -s, --spec <file>    its spec (default: weir.yaml if there is one, else /run/weir/weir.sock)
        --url <url>          over TCP: http(s)://host:port of its control.listen (default: WEIR_URL)
        --token-file <file>  file of the token to use with it (default: WEIR_TOKEN)

      Examples:
        weir streams show front-door  state, cause, next attempt, counters
      "
    `);
  });

  it('of streams add', async () => {
    expect((await weir('streams', 'add', '--help')).stdout).toMatchInlineSnapshot(`
      "Usage: weir streams add [options] [id] [uri]

      Adds a stream to a running appliance, by its address and options or as a whole from a file. It
      outlives restarts of the appliance. The same stream again changes nothing.

      Arguments:
        id                   its name; with --file: that of the file
        uri                  address of what is analysed: rtsp://host/path, without user and password

      Options:
        --pipeline <id>      the pipeline it goes to (default: the only one)
        --probe              try it first, from this machine; add it only if it shows a picture
        --json               print {"changed", "pending", "stream": {…}}
        --wait [seconds]     return when the stream is live; fail with 69 when it has failed or the time
                             is up (preset: "30")
        -h, --help           display help for command

      The stream:
        --live-uri <uri>     address of what is shown live
        --record-uri <uri>   address of what is recorded
        --user <ref>         user name, by reference, e.g. \${env:CAM_USER}
        --password <ref>     password, by reference, e.g. \${file:/run/secrets/cam}
        --transport <how>    how RTP is carried (choices: "tcp", "udp")
        --latency <ms>       depth of the jitter buffer
        --fps <n>            declared frame rate
        --file <file>        the description as in weir.yaml, as YAML or JSON; -: from stdin

      Which appliance:
        --socket <path>      its control socket (default: WEIR_SOCKET, else that of its spec)
        -s, --spec <file>    its spec (default: weir.yaml if there is one, else /run/weir/weir.sock)
        --url <url>          over TCP: http(s)://host:port of its control.listen (default: WEIR_URL)
        --token-file <file>  file of the token to use with it (default: WEIR_TOKEN)

      Examples:
        weir streams add yard rtsp://192.0.2.10/stream2 --wait  until it is live, or why not
        weir streams add gate rtsp://192.0.2.11/2 --user '\${env:CAM_USER}' --password '\${env:CAM_PASSWORD}'
        weir streams add --file yard.yaml --pipeline main       a whole description
      "
    `);
  });

  it('of streams update', async () => {
    expect((await weir('streams', 'update', '--help')).stdout).toMatchInlineSnapshot(`
      "Usage: weir streams update [options] <id> [uri]

      Changes what is named and nothing else. The stream connects anew only if its connection depends on
      it. With --file: what the file names is replaced, null removes.

      Arguments:
        id                   the stream
        uri                  new address of what is analysed

      Options:
        --unset <key>        remove a key as weir.yaml calls it, e.g. fps or uri.live; may be repeated
        --json               print {"changed", "pending", "stream": {…}}
        --wait [seconds]     return when the stream is live; fail with 69 when it has failed or the time
                             is up (preset: "30")
        -h, --help           display help for command

      The stream:
        --live-uri <uri>     address of what is shown live
        --record-uri <uri>   address of what is recorded
        --user <ref>         user name, by reference, e.g. \${env:CAM_USER}
        --password <ref>     password, by reference, e.g. \${file:/run/secrets/cam}
        --transport <how>    how RTP is carried (choices: "tcp", "udp")
        --latency <ms>       depth of the jitter buffer
        --fps <n>            declared frame rate
        --file <file>        the description as in weir.yaml, as YAML or JSON; -: from stdin

      Which appliance:
        --socket <path>      its control socket (default: WEIR_SOCKET, else that of its spec)
        -s, --spec <file>    its spec (default: weir.yaml if there is one, else /run/weir/weir.sock)
        --url <url>          over TCP: http(s)://host:port of its control.listen (default: WEIR_URL)
        --token-file <file>  file of the token to use with it (default: WEIR_TOKEN)

      Examples:
        weir streams update yard rtsp://192.0.2.10/stream1 --wait  another address
        weir streams update yard --transport udp --latency 100
        weir streams update yard --unset user --unset password     no login any more
      "
    `);
  });

  it('of streams remove', async () => {
    expect((await weir('streams', 'remove', '--help')).stdout).toMatchInlineSnapshot(`
      "Usage: weir streams remove [options] <id...>

      Removes streams from a running appliance, without asking. Unknown ones change nothing.

      Arguments:
        id                   the streams

      Options:
        --json               print {"removed": [id], "unknown": [id]}
        -h, --help           display help for command

      Which appliance:
        --socket <path>      its control socket (default: WEIR_SOCKET, else that of its spec)
        -s, --spec <file>    its spec (default: weir.yaml if there is one, else /run/weir/weir.sock)
        --url <url>          over TCP: http(s)://host:port of its control.listen (default: WEIR_URL)
        --token-file <file>  file of the token to use with it (default: WEIR_TOKEN)

      Examples:
        weir streams remove yard gate  both
      "
    `);
  });

  it('of streams restart', async () => {
    expect((await weir('streams', 'restart', '--help')).stdout).toMatchInlineSnapshot(`
      "Usage: weir streams restart [options] <id>

      Connects a stream anew without waiting for its next attempt. Ends its quarantine.

      Arguments:
        id                   the stream

      Options:
        --json               print {"changed", "pending", "stream": {…}}
        --wait [seconds]     return when the stream is live; fail with 69 when it has failed or the time
                             is up (preset: "30")
        -h, --help           display help for command

      Which appliance:
        --socket <path>      its control socket (default: WEIR_SOCKET, else that of its spec)
        -s, --spec <file>    its spec (default: weir.yaml if there is one, else /run/weir/weir.sock)
        --url <url>          over TCP: http(s)://host:port of its control.listen (default: WEIR_URL)
        --token-file <file>  file of the token to use with it (default: WEIR_TOKEN)

      Examples:
        weir streams restart yard --wait 10  until it is live, or why not
      "
    `);
  });

  it('of streams snapshot', async () => {
    expect((await weir('streams', 'snapshot', '--help')).stdout).toMatchInlineSnapshot(`
      "Usage: weir streams snapshot [options] <id>

      Saves the stream's next picture as JPEG, with the boxes of what was detected in it.

      Arguments:
        id                   the stream

      Options:
        -o, --out <file>     file to write; -: stdout (default: <id>.jpg)
        --plain              without boxes and labels
        --timeout <seconds>  how long to wait for a picture
        -h, --help           display help for command

      Which appliance:
        --socket <path>      its control socket (default: WEIR_SOCKET, else that of its spec)
        -s, --spec <file>    its spec (default: weir.yaml if there is one, else /run/weir/weir.sock)
        --url <url>          over TCP: http(s)://host:port of its control.listen (default: WEIR_URL)
        --token-file <file>  file of the token to use with it (default: WEIR_TOKEN)

      Examples:
        weir streams snapshot yard  writes yard.jpg
        weir streams snapshot yard --plain -o - | display
      "
    `);
  });

  it('of pipelines', async () => {
    expect((await weir('pipelines', '--help')).stdout).toMatchInlineSnapshot(`
      "Usage: weir pipelines [options] [command]

      Works on the pipelines of an appliance that runs: each is a process.

      Options:
        -h, --help              display help for command

      Commands:
        list [options]          all pipelines and their processes
        restart [options] <id>  replace a pipeline's process
        help [command]          display help for command
      "
    `);
  });

  it('of pipelines list', async () => {
    expect((await weir('pipelines', 'list', '--help')).stdout).toMatchInlineSnapshot(`
      "Usage: weir pipelines list [options]

      Lists the pipelines of a running appliance, why their processes ended and when they start anew.

      Options:
        --json               print {"pipelines": [{id, state, since, pid, restarts, lastEnd, slots,
                             streams, live, …}]}
        -h, --help           display help for command

      Which appliance:
        --socket <path>      its control socket (default: WEIR_SOCKET, else that of its spec)
        -s, --spec <file>    its spec (default: weir.yaml if there is one, else /run/weir/weir.sock)
        --url <url>          over TCP: http(s)://host:port of its control.listen (default: WEIR_URL)
        --token-file <file>  file of the token to use with it (default: WEIR_TOKEN)

      Examples:
        weir pipelines list  a table
      "
    `);
  });

  it('of pipelines restart', async () => {
    expect((await weir('pipelines', 'restart', '--help')).stdout).toMatchInlineSnapshot(`
      "Usage: weir pipelines restart [options] <id>

      Replaces the process of a pipeline; returns when the new one plays. Its streams connect anew.

      Arguments:
        id                   the pipeline

      Options:
        --json               print {id, state, since, pid, restarts, …}
        -h, --help           display help for command

      Which appliance:
        --socket <path>      its control socket (default: WEIR_SOCKET, else that of its spec)
        -s, --spec <file>    its spec (default: weir.yaml if there is one, else /run/weir/weir.sock)
        --url <url>          over TCP: http(s)://host:port of its control.listen (default: WEIR_URL)
        --token-file <file>  file of the token to use with it (default: WEIR_TOKEN)

      Examples:
        weir pipelines restart main
      "
    `);
  });

  it('of apply', async () => {
    expect((await weir('apply', '--help')).stdout).toMatchInlineSnapshot(`
      "Usage: weir apply [options] [spec]

      Compares a spec with what a running appliance does, prints the plan and carries it out: all of it or
      nothing. What was added, changed and removed at run time is undone unless --keep is given. Where
      nothing says which appliance is meant, it is the one that runs this spec.

      Arguments:
        spec                 the spec (default: "weir.yaml")

      Options:
        --dry-run            only print the plan
        --keep               keep what was added, changed and removed at run time
        --json               print {"steps": [{action, pipeline, stream, keys, disturbs}], "applied",
                             "generation"}
        -h, --help           display help for command

      Which appliance:
        --socket <path>      its control socket (default: WEIR_SOCKET, else that of its spec)
        -s, --spec <file>    its spec (default: weir.yaml if there is one, else /run/weir/weir.sock)
        --url <url>          over TCP: http(s)://host:port of its control.listen (default: WEIR_URL)
        --token-file <file>  file of the token to use with it (default: WEIR_TOKEN)

      Examples:
        weir apply --dry-run  what would change, and which streams it would disturb
        weir apply new.yaml --keep
      "
    `);
  });

  it('of logs', async () => {
    expect((await weir('logs', '--help')).stdout).toMatchInlineSnapshot(`
      "Usage: weir logs [options]

      Prints the latest lines of the log, of the supervisor and all workers.

      Options:
        -f, --follow         go on until SIGINT, also over restarts of the appliance
        -n, --lines <n>      begin with so many (default: 100)
        --stream <id>        of one stream
        --pipeline <id>      of one pipeline
        --level <level>      the least important (choices: "debug", "info", "warn", "error")
        --json               print each line as JSON: {seq, time, level, message, pipeline, stream,
                             details}
        -h, --help           display help for command

      Which appliance:
        --socket <path>      its control socket (default: WEIR_SOCKET, else that of its spec)
        -s, --spec <file>    its spec (default: weir.yaml if there is one, else /run/weir/weir.sock)
        --url <url>          over TCP: http(s)://host:port of its control.listen (default: WEIR_URL)
        --token-file <file>  file of the token to use with it (default: WEIR_TOKEN)

      Examples:
        weir logs --follow --level warn  what goes wrong, as it happens
        weir logs --stream front-door --lines 20
      "
    `);
  });

  it('of operations', async () => {
    expect((await weir('operations', '--help')).stdout).toMatchInlineSnapshot(`
      "Usage: weir operations [options]

      Lists who changed what while the appliance ran and by which door, the latest first.

      Options:
        -n, --lines <n>      at most so many (default: 100)
        --json               print {"operations": [{time, actor, operation, stream, pipeline, result,
                             changed, generation}]}
        -h, --help           display help for command

      Which appliance:
        --socket <path>      its control socket (default: WEIR_SOCKET, else that of its spec)
        -s, --spec <file>    its spec (default: weir.yaml if there is one, else /run/weir/weir.sock)
        --url <url>          over TCP: http(s)://host:port of its control.listen (default: WEIR_URL)
        --token-file <file>  file of the token to use with it (default: WEIR_TOKEN)

      Examples:
        weir operations --lines 10  the latest ten
      "
    `);
  });

  it('of graph', async () => {
    expect((await weir('graph', '--help')).stdout).toMatchInlineSnapshot(`
      "Usage: weir graph [options] [pipeline]

      Prints the elements of a pipeline and their links: of a running appliance, or of a spec.

      Arguments:
        pipeline             the pipeline (default: the only one)

      Options:
        --format <format>    language (choices: "dot", "mermaid", default: "dot")
        -s, --spec <file>    of this spec, without an appliance
        --provider <name>    with --spec: for which elements (choices: "standin", "nvidia", default:
                             "standin")
        -h, --help           display help for command

      Which appliance:
        --socket <path>      its control socket (default: WEIR_SOCKET, else that of its spec)
        --url <url>          over TCP: http(s)://host:port of its control.listen (default: WEIR_URL)
        --token-file <file>  file of the token to use with it (default: WEIR_TOKEN)

      Examples:
        weir graph main | dot -Tsvg > main.svg        of the running appliance
        weir graph --spec weir.yaml --format mermaid  of a spec
      "
    `);
  });

  it('asked for is no failure', async () => expect((await weir('up', '--help')).code).toBe(0));
});
