/** One ONVIF device: what it is, and the streams it has. */
import { printable } from '../net/printable.js';
import { ConnectFailure } from '../streams/connect-failure.js';
import { type HttpAnswer, post } from './http.js';
import { digestAnswer, type DigestChallenge, digestChallenge, type Login, usernameToken } from './login.js';
import { ownService, ownStream } from './own-address.js';
import type { ProfileReport } from './report.js';
import { answerOf, envelope, Refusal } from './soap.js';
import { all, attribute, type Element, escaped, first, numberAt, text } from './xml.js';

const DEVICE = 'http://www.onvif.org/ver10/device/wsdl';
const SCHEMA = 'http://www.onvif.org/ver10/schema';
export const MAX_PROFILES = 16;

/** Two generations of the service that knows the profiles; only the later knows H.265. */
interface MediaService {
  readonly namespace: string;
  readonly profiles: string;
  /** Where a profile says how it is encoded. */
  readonly encoder: readonly string[];
  stream(token: string): string;
  readonly uri: readonly string[];
}

const MEDIA2: MediaService = {
  namespace: 'http://www.onvif.org/ver20/media/wsdl',
  profiles: '<Type>VideoEncoder</Type>',
  encoder: ['Configurations', 'VideoEncoder'],
  stream: (token) => `<Protocol>RTSP</Protocol><ProfileToken>${token}</ProfileToken>`,
  uri: ['Uri'],
};
const MEDIA1: MediaService = {
  namespace: 'http://www.onvif.org/ver10/media/wsdl',
  profiles: '',
  encoder: ['VideoEncoderConfiguration'],
  stream: (token) =>
    `<StreamSetup><Stream xmlns="${SCHEMA}">RTP-Unicast</Stream><Transport xmlns="${SCHEMA}">` +
    `<Protocol>RTSP</Protocol></Transport></StreamSetup><ProfileToken>${token}</ProfileToken>`,
  uri: ['MediaUri', 'Uri'],
};

export interface DeviceOptions {
  readonly login?: Login;
  /** For one answer; default 3000. */
  readonly timeoutMs?: number;
  /** For all of them; default 15,000. */
  readonly deadlineMs?: number;
}

export interface DeviceInformation {
  readonly model: string;
  readonly firmware: string;
}

interface Question {
  readonly service: URL;
  readonly namespace: string;
  readonly operation: string;
  readonly body?: string;
  /** Anybody may ask it. */
  readonly open?: boolean;
}

export class OnvifDevice {
  readonly #deadline: number;
  #skewMs = 0;
  #challenge: DigestChallenge | undefined;
  #digests = 0;

  constructor(
    readonly address: string,
    readonly service: URL,
    private readonly options: DeviceOptions = {},
  ) {
    this.#deadline = performance.now() + (options.deadlineMs ?? 15_000);
  }

  /**
   * How far its clock is ahead, in milliseconds. Its tokens are dated by it from then on. Not every device tells the
   * time: then its clock is taken to be right.
   */
  async clockSkew(): Promise<number> {
    const operation = 'GetSystemDateAndTime';
    const answer = await this.#ask({ service: this.service, namespace: DEVICE, operation, open: true }).catch(
      (error: unknown) => {
        if (error instanceof Refusal || isUnauthorized(error)) return undefined;
        throw error;
      },
    );
    const utc = first(answer, 'SystemDateAndTime', 'UTCDateTime');
    const part = (...path: readonly string[]): number => numberAt(utc, ...path) ?? NaN;
    const [year, month, day] = [part('Date', 'Year'), part('Date', 'Month'), part('Date', 'Day')];
    const [hour, minute, second] = [part('Time', 'Hour'), part('Time', 'Minute'), part('Time', 'Second')];
    const time = Date.UTC(year, month - 1, day, hour, minute, second);
    this.#skewMs = Number.isNaN(time) ? 0 : time - Date.now();
    return this.#skewMs;
  }

  async information(): Promise<DeviceInformation> {
    const operation = 'GetDeviceInformation';
    const answer = await this.#ask({ service: this.service, namespace: DEVICE, operation });
    const words = [text(answer, 'Manufacturer'), text(answer, 'Model')].join(' ');
    return { model: printable(words, 60), firmware: printable(text(answer, 'FirmwareVersion'), 40) };
  }

  async profiles(): Promise<ProfileReport[]> {
    const [media, service] = await this.#media();
    const { namespace, profiles } = media;
    const answer = await this.#ask({ service, namespace, operation: 'GetProfiles', body: profiles });
    const found = all(answer, 'Profiles').slice(0, MAX_PROFILES);
    const reports: ProfileReport[] = [];
    for (const profile of found) {
      const encoder = first(profile, ...media.encoder);
      if (encoder !== undefined) reports.push(await this.#profile(profile, encoder, media, service));
    }
    return reports;
  }

  async #profile(
    profile: Element,
    encoder: Element,
    media: MediaService,
    service: URL,
  ): Promise<ProfileReport> {
    const token = attribute(profile, 'token');
    const fps = numberAt(encoder, 'RateControl', 'FrameRateLimit');
    return {
      token: printable(token, 64),
      name: printable(text(profile, 'Name'), 40),
      codec: printable(text(encoder, 'Encoding'), 16).toUpperCase(),
      width: Math.round(numberAt(encoder, 'Resolution', 'Width') ?? 0),
      height: Math.round(numberAt(encoder, 'Resolution', 'Height') ?? 0),
      ...(fps !== undefined && { fps }),
      ...(await this.#stream(token, media, service)),
    };
  }

  /** A profile without a stream is one the camera cannot show; the others count all the same. */
  async #stream(token: string, media: MediaService, service: URL) {
    const { namespace, uri } = media;
    const body = media.stream(escaped(token));
    try {
      const answer = await this.#ask({ service, namespace, operation: 'GetStreamUri', body });
      return ownStream(text(answer, ...uri), this.address);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      return { note: error.message };
    }
  }

  async #media(): Promise<readonly [MediaService, URL]> {
    const services = await this.#services();
    for (const media of [MEDIA2, MEDIA1]) {
      const service = services.get(media.namespace);
      if (service) return [media, service];
    }
    const body = '<Category>Media</Category>';
    const operation = 'GetCapabilities';
    const answer = await this.#ask({ service: this.service, namespace: DEVICE, operation, body });
    const service = ownService(text(answer, 'Capabilities', 'Media', 'XAddr'), this.address);
    if (service) return [MEDIA1, service];
    throw new ConnectFailure('source', 'the device has no service for media');
  }

  /** By namespace. Older devices do not know the question. */
  async #services(): Promise<ReadonlyMap<string, URL>> {
    const body = '<IncludeCapability>false</IncludeCapability>';
    try {
      const question = { service: this.service, namespace: DEVICE, operation: 'GetServices', body };
      const list = all(await this.#ask(question), 'Service').slice(0, 64);
      return new Map(
        list.flatMap((each) => {
          const service = ownService(text(each, 'XAddr'), this.address);
          return service ? [[text(each, 'Namespace'), service] as const] : [];
        }),
      );
    } catch (error) {
      if (error instanceof Refusal) return new Map();
      throw error;
    }
  }

  async #ask(question: Question): Promise<Element> {
    const answer = await this.#post(question);
    const { login } = this.options;
    if (answer.status !== 401 || !login || question.open) return answerOf(answer, question.operation);
    // A nonce may have expired. A login that is refused is not sent again: devices lock accounts.
    this.#challenge = challengeOf(answer);
    this.#digests = 0;
    return answerOf(await this.#post(question), question.operation);
  }

  #post({ service, namespace, operation, body = '', open = false }: Question): Promise<HttpAnswer> {
    const { login, timeoutMs = 3_000 } = this.options;
    const left = this.#deadline - performance.now();
    if (left <= 0) throw new ConnectFailure('timeout', `${service.host} takes too long for all its answers`);
    const use = login && !open ? login : undefined;
    const token = use && !this.#challenge ? usernameToken(use, new Date(Date.now() + this.#skewMs)) : '';
    const type = `application/soap+xml; charset=utf-8; action="${namespace}/${operation}"`;
    const headers = { 'Content-Type': type, ...(use && this.#authorization(use, service)) };
    const content = `<${operation} xmlns="${namespace}">${body}</${operation}>`;
    return post(service, envelope(content, token), { headers, timeoutMs: Math.min(timeoutMs, left) });
  }

  #authorization(login: Login, { pathname, search }: URL): Record<string, string> {
    if (!this.#challenge) return {};
    const use = { method: 'POST', path: `${pathname}${search}`, count: ++this.#digests };
    return { Authorization: digestAnswer(this.#challenge, login, use) };
  }
}

function isUnauthorized(error: unknown): boolean {
  return error instanceof ConnectFailure && error.reason === 'unauthorized';
}

function challengeOf({ headers }: HttpAnswer): DigestChallenge {
  const challenge = digestChallenge(headers['www-authenticate'] ?? '');
  if (challenge) return challenge;
  throw new ConnectFailure(
    'unauthorized',
    'the device refuses the token, and wants a login that would tell it the password',
  );
}
