/**
 * A pipeline as plain data: what `graph()` returns and the addon instantiates.
 * The addon knows no element by name; everything provider-specific stands here as data.
 */

import type { Provider } from '../deepstream/provider.js';
import type { MetadataSpec } from '../spec/types.js';

export type { Provider };
export type Scalar = string | number | boolean;

/** A value the addon fills in when it instantiates a template, from the parameters of that call. */
export interface Hole {
  readonly hole: string;
}

export interface GraphNode {
  /** Unique within its graph or template; becomes the GStreamer element's name (prefixed inside templates). */
  readonly id: string;
  /** Element factory, e.g. `nvinfer`. */
  readonly element: string;
  /** GObject properties by GStreamer name. A hole without a parameter leaves the property at its default. */
  readonly props: Readonly<Record<string, Scalar | Hole>>;
}

/** A link between two pads; a missing pad name means the element's `src` or `sink`. Request pads are named in full (`sink_3`). */
export interface GraphLink {
  readonly from: { readonly node: string; readonly pad?: string };
  readonly to: { readonly node: string; readonly pad?: string };
}

/** What is built behind a pad that appears at run time (rtspsrc, demuxers), chosen by the pad's caps. */
export interface SourceVariant {
  /** Codec as the field writes it: `H264`, `H265`. */
  readonly codec: string;
  /** Caps the new pad must intersect with. */
  readonly caps: string;
  readonly nodes: readonly GraphNode[];
  readonly links: readonly GraphLink[];
  /** Node whose sink takes the new pad. */
  readonly entry: string;
}

/**
 * A source bin: `nodes` (e.g. rtspsrc) of which `dynamic` grows pads, one variant per codec behind it.
 * Where `dynamic` has an always pad `src` (a raw file), that pad is taken at once.
 * Every variant ends in node `exit`, whose src pad becomes the bin's `src`.
 * Roles name the nodes where frames are counted; every variant must contain them.
 */
export interface SourceTemplate {
  readonly nodes: readonly GraphNode[];
  readonly links: readonly GraphLink[];
  readonly dynamic: string;
  readonly variants: readonly SourceVariant[];
  readonly exit: string;
  readonly roles: {
    /** Its sink pad takes the RTP packets out of the jitter buffer; absent where the source has none. */
    readonly packets?: string;
    /** Its src pad carries one encoded access unit per buffer. */
    readonly parser: string;
    /** The tee in front of the decoder; packet taps attach here. */
    readonly tap: string;
    /** Bounded queue of access units in front of the decoder; on overflow drops up to the next key frame. */
    readonly encodedQueue: string;
    readonly decoder: string;
    /** Leaky queue of at most two pictures in front of the mux. */
    readonly decodedQueue: string;
  };
}

/** A branch attached on request to a slot's `tee_k`; `entry` takes the pictures, `exit` is an appsink. */
export interface BranchTemplate {
  readonly nodes: readonly GraphNode[];
  readonly links: readonly GraphLink[];
  readonly entry: string;
  readonly exit: string;
  /** Takes only pictures whose objects are known: inferred ones, or where the tracker reports some. */
  readonly needsObjects?: boolean;
}

/** As the spec has them, with times in milliseconds. */
export interface MessageOptions extends Omit<MetadataSpec, 'onChange'> {
  /** A message only when something changed. */
  readonly onChange?: {
    /** By what part of its larger side an edge of a tracked box must have moved, 0 to 1,000. */
    readonly moved: number;
    /** A message after so many milliseconds at the latest, 1 to 86,400,000. */
    readonly heartbeatMs: number;
  };
}

export interface Graph {
  readonly provider: Provider;
  readonly nodes: readonly GraphNode[];
  readonly links: readonly GraphLink[];
  readonly slots: {
    readonly count: number;
    /** nvstreammux; slot k is its pad `sink_k`. */
    readonly mux: string;
    /** Node id of slot k's tee behind the demux: this prefix followed by k. */
    readonly teePrefix: string;
  };
  /** Where batch metadata is read. */
  readonly metadata: { readonly node: string; readonly pad: string };
  /** Closed while no branch is attached: its buffers are dropped there. */
  readonly gate: { readonly node: string; readonly pad: string };
  /** Where inference is timed: from its sink to its src. */
  readonly detector?: string;
  /** What messages are made of the metadata; absent: everything, as `json`. */
  readonly messages?: MessageOptions;
  readonly templates: {
    /** By kind of source: `rtsp`, `mp4`, `matroska`, `h264`, `h265`. */
    readonly sources: Readonly<Record<string, SourceTemplate>>;
    /** By purpose: `jpeg` (plain) and `jpegAnnotated`. */
    readonly branches: Readonly<Record<string, BranchTemplate>>;
  };
}
