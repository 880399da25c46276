import { describe, expect, it } from 'vitest';
import { all, attribute, escaped, first, numberAt, parseXml, text } from '../../src/onvif/xml.js';

describe('an answer', () => {
  const xml = parseXml(`<?xml version="1.0"?>
    <s:Envelope xmlns:s="urn:s"><s:Body><t:List t:token="a&amp;b" xmlns:t="urn:t">
      <t:Item>1 &lt; 2 &#65;&#x42;</t:Item><Item/><t:Item><![CDATA[x<y]]></t:Item><t:Rate> 25 </t:Rate><t:Bad>-1</t:Bad>
    </t:List></s:Body></s:Envelope>`);
  const list = first(xml, 'Envelope', 'Body', 'List');

  it('is read by local names, whatever the prefixes', () => {
    expect(all(list, 'Item').map((item) => text(item))).toEqual(['1 < 2 AB', '', 'x<y']);
    expect(attribute(list, 'token')).toBe('a&b');
    expect(numberAt(list, 'Rate')).toBe(25);
  });

  it('lacks what it lacks', () => {
    expect(first(list, 'Nothing', 'Below')).toBeUndefined();
    expect(all(undefined, 'Item')).toEqual([]);
    expect(text(list, 'Nothing')).toBe('');
    expect(numberAt(list, 'Bad')).toBeUndefined();
    expect(numberAt(list, 'Nothing')).toBeUndefined();
    expect(text(list, 'constructor')).toBe('');
  });
});

const nested = (name: string, times: number) => `<${name}>`.repeat(times) + `</${name}>`.repeat(times);

describe('a hostile answer', () => {
  it.each([
    ['an entity bomb', '<!DOCTYPE a [<!ENTITY a "xxxxxxxxxx"><!ENTITY b "&a;&a;">]><a>&b;</a>'],
    ['an external entity', '<!doctype a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>'],
    ['a document type alone', '<!DOCTYPE a><a/>'],
    ['depth', nested('a', 40_000)],
    ['more than 256 KiB', `<a>${' '.repeat(256 * 1024)}</a>`],
    ['an element that does not end', '<a><b></a>'],
    ['half an answer', '<s:Envelope><s:Body><s:Fau'],
    ['an open quote', `<a b="${'x'.repeat(200_000)}`],
    ['no XML', 'hello <<<>>> &&&'],
    ['nothing', ''],
    ['a prototype', '<__proto__><polluted>1</polluted></__proto__>'],
    ['open comments', `<a>${'<!--'.repeat(50_000)}</a>`],
    ['open CDATA', `<a>${'<![CDATA['.repeat(20_000)}</a>`],
  ])('with %s is refused', (_what, answer) => {
    expect(() => parseXml(answer)).toThrow(/^the device's answer is malformed: /);
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });

  it('may have many elements, attributes and unknown entities; that is no crime', () => {
    expect(all(first(parseXml(`<a>${'<b/>'.repeat(10_000)}</a>`), 'a'), 'b')).toHaveLength(10_000);
    const attributes = Array.from({ length: 2_000 }, (_, i) => `a${i}="1"`).join(' ');
    expect(attribute(first(parseXml(`<a ${attributes}/>`), 'a'), 'a1999')).toBe('1');
    expect(text(parseXml('<a>&b;&#x110000;&#1114112;</a>'), 'a')).toBe('&b;');
  });
});

it('what goes into a question cannot leave its element', () =>
  expect(escaped(`a<b>&"'</b>`)).toBe('a&lt;b&gt;&amp;&quot;&apos;&lt;/b&gt;'));
