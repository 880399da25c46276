// Writes C++ that fails to compile where a header differs from metadata-abi.json.
// Usage: node abi_asserts.mjs <metadata-abi.json> <output.inc> [header to leave out…]
import { readFileSync, writeFileSync } from 'node:fs';

const [data, output, ...leftOut] = process.argv.slice(2);
const { headers } = JSON.parse(readFileSync(data, 'utf8'));

const assert = (condition, message) => `static_assert(${condition}, ${JSON.stringify(message)});`;
const sameType = (actual, expected) => `std::is_same_v<${actual}, ${expected}>`;

function constant([name, value]) {
  const number = typeof value === 'number' || /^0x/.test(value);
  const condition = number ? `${name} == ${value}` : `std::string_view(${name}) == ${JSON.stringify(value)}`;
  return assert(condition, `${name} is ${value}`);
}

const enumeration = ([name, values]) => [
  assert(`std::is_enum_v<${name}> && sizeof(${name}) == 4`, `${name} is an enum of 4 bytes`),
  ...Object.entries(values).map(([key, value]) =>
    assert(`static_cast<int64_t>(${key}) == ${value}`, `${key} is ${value}`),
  ),
];

const field =
  (struct) =>
  ({ name, type, offset, size }) => [
    assert(`offsetof(${struct}, ${name}) == ${offset}`, `${struct}.${name} is at ${offset}`),
    assert(sameType(`decltype(${struct}::${name})`, type), `${struct}.${name} is ${type}`),
    // sizeof a reference is that of what it refers to.
    ...(type.endsWith('&')
      ? []
      : [assert(`sizeof(${struct}::${name}) == ${size}`, `${struct}.${name} takes ${size}`)]),
  ];

const structure = ([name, { size, fields }]) => [
  assert(`sizeof(${name}) == ${size}`, `${name} takes ${size} bytes`),
  ...fields.flatMap((f) => f.members ?? f).flatMap(field(name)),
];

const signature = ([name, { returns, args }]) =>
  assert(sameType(`decltype(&${name})`, `${returns} (*)(${args.join(', ')})`), `${name}'s signature`);

const exported = ([name, { library }]) => `    {"${library}", "${name}"},`;

const entries = (kind) =>
  Object.entries(headers)
    .filter(([header]) => !leftOut.includes(header))
    .flatMap(([, content]) => Object.entries(content[kind] ?? {}));
const includes = Object.keys(headers).filter((header) => !leftOut.includes(header));
const inLibraries = entries('functions').filter(([, { library }]) => /^lib\w+\.so$/.test(library));

writeFileSync(
  output,
  [
    ...includes.map((header) => `#include "${header}"`),
    ...entries('constants').map(constant),
    ...entries('enums').flatMap(enumeration),
    ...entries('structs').flatMap(structure),
    ...entries('functions').map(signature),
    'constexpr ExportedFunction kExportedFunctions[] = {',
    ...inLibraries.map(exported),
    '};',
    '',
  ].join('\n'),
);
