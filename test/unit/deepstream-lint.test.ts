import { describe, expect, it } from 'vitest';
import { lintNvinferConfig } from '../../src/deepstream/index.js';
import { formatProblems } from '../../src/spec/index.js';

const lint = (text: string) => formatProblems(lintNvinferConfig(text, 'x.txt'));

describe('the lint of nvinfer files', () => {
  it.each([
    [
      '[property]\nnet-scale-facto=1',
      'x.txt:2:1: [property] net-scale-facto: unknown key\n    did you mean "net-scale-factor"?',
    ],
    ['[property]\ncolour=red', 'unknown key\n    nvinfer would ignore it; remove it'],
    ['[property]\nbatch-size=0', 'got "0", expected a whole number from 1 to 1024'],
    ['[property]\nbatch-size=8x', 'got "8x", expected a whole number from 1 to 1024'],
    ['[property]\ngie-unique-id=0', 'got "0", expected a whole number of at least 1'],
    ['[property]\nnetwork-mode=4', 'got "4", expected one of 0 (FP32), 1 (INT8), 2 (FP16), 3 (BEST)'],
    ['[property]\ninfer-dims=3;416', 'got "3;416", expected 3 values separated by ";"'],
    ['[property]\noffsets=1;2;3;4;5', 'got "1;2;3;4;5", expected at most 4 values separated by ";"'],
    ['[property]\noffsets=1;x', 'got "1;x", expected a number'],
    ['[property]\nmaintain-aspect-ratio=yes', 'got "yes", expected 0, 1, true or false'],
    ['[property]\nonnx-file=', 'got "", expected a value'],
    [
      '[property]\ninterval=1\ninterval=2',
      'x.txt:3:1: [property] interval: this key stands here twice; the last one counts',
    ],
    ['[property]\n[property]', 'this group stands here twice\n    merge the two'],
    ['[property]\n[tracker]\nwidth=1', 'nvinfer ignores this group'],
    ['batch-size=1\n[property]', 'x.txt:1:1: batch-size: a key before any group\n    begin with [property]'],
    ['[property]\nrubbish', 'got "rubbish", expected [group], key=value or # comment'],
    ['[property', 'got "[property", expected [group], key=value or # comment'],
    ['# nothing', 'x.txt: there is no group [property]\n    add it'],
    [
      '[property]\nnum-detected-classes=3\n[class-attrs-3]\ntopk=1',
      'there are only 3 classes (num-detected-classes)',
    ],
    ['[property]\n[class-attrs-all]\nnms-iou-threshold=1.5', 'got "1.5", expected a number from 0 to 1'],
    ['[property]\n[class-attrs-all]\nborder-color=1;0;0', 'got "1;0;0", expected 4 values separated by ";"'],
    ['[property]\n__proto__=1', 'unknown key'],
  ])('%j: %s', (text, message) => expect(lint(text)).toContain(message));

  it('has nothing to say about a good file', () => {
    const text = [
      '# comment',
      '[property]',
      'gie-unique-id = 1',
      ' net-scale-factor=3.9e-3',
      'offsets=1;2;3;',
      'num-detected-classes=4',
      'maintain-aspect-ratio=true\r',
      '',
      '[class-attrs-all]',
      'pre-cluster-threshold=.5',
      '[class-attrs-3]',
      'topk=20',
    ];
    expect(lint(text.join('\n'))).toBe('');
  });
});
