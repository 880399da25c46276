/** What is counted of a stream on its way from the camera to NATS, as plain numbers: totals since it was added. */
export const BOOK_FIELDS = [
  'packets', // RTP packets; 0 for files
  'packetsLost', // gaps in their numbers
  'received', // access units
  'undecodable',
  'skipped',
  'droppedEncoded',
  'decodeErrors',
  'droppedDecoded',
  'discarded',
  'muxed', // pictures that went on to inference
  'frames', // frames behind it
  'inferred',
  'silent', // frames that owe no message: neither inferred nor tracked
  'framesLeftOut', // frames whose message the spec asks to leave out
  'droppedRing',
  'offered', // messages taken out of the ring
  'waiting', // of these, sent and not confirmed yet
  'published', // confirmed by the server
  'disconnected',
  'slow',
  'refused',
  'unconfirmed',
] as const;
export type BookField = (typeof BOOK_FIELDS)[number];
export type Books = Readonly<Record<BookField, number>>;

/** What of a stream's row is counted. */
export type Counted = Readonly<
  Record<Exclude<BookField, 'droppedEncoded' | 'droppedDecoded' | 'discarded' | 'droppedRing' | Late>, number>
> & {
  readonly dropped: Readonly<Record<'encoded' | 'decoded' | 'discarded' | 'ring' | Late, number>>;
};
type Late = 'disconnected' | 'slow' | 'refused' | 'unconfirmed';

export function booksOf(row: Counted): Books {
  const { encoded, decoded, discarded, ring, disconnected, slow, refused, unconfirmed } = row.dropped;
  const { packets, packetsLost, received, undecodable, skipped, decodeErrors, muxed } = row;
  const { frames, inferred, silent, framesLeftOut, offered, waiting, published } = row;
  return {
    ...{ packets, packetsLost, received, undecodable, skipped, decodeErrors, muxed },
    ...{ frames, inferred, silent, framesLeftOut, offered, waiting, published },
    ...{ droppedEncoded: encoded, droppedDecoded: decoded, discarded, droppedRing: ring },
    ...{ disconnected, slow, refused, unconfirmed },
  };
}

export const EMPTY: Books = Object.fromEntries(BOOK_FIELDS.map((field) => [field, 0])) as Record<
  BookField,
  number
>;
