/** Whether an address (`203.0.113.7`, `2001:db8::1`) is one of some networks. */
export type AddressTest = (address: string) => boolean;

interface Network {
  readonly bits: bigint;
  readonly prefix: number;
}

/** A test for any of the networks, `10.0.0.0/8`, `::1` and the like; an IPv4 address is also known by its IPv6 form. Throws on what is none. */
export function compileAddresses(networks: readonly string[]): AddressTest {
  const known = networks.map((text) => {
    const network = networkOf(text);
    if (network === null) throw new Error(`"${text}" is no network`);
    return network;
  });
  return (address) => {
    const bits = bitsOf(address);
    return bits !== null && known.some((network) => bits >> shiftOf(network) === network.bits >> shiftOf(network));
  };
}

/** True for an IP address or network. */
export function isNetwork(text: string): boolean {
  return networkOf(text) !== null;
}

/** Stands for a client: its address, or the first 64 bits of an IPv6 one, below which it may take any. */
export function addressGroup(address: string): string {
  const bits = bitsOf(address);
  return bits === null || bits >> 32n === 0xffffn ? address : `${(bits >> 64n).toString(16)}/64`;
}

function shiftOf({ prefix }: Network): bigint {
  return BigInt(128 - prefix);
}

function networkOf(text: string): Network | null {
  const [address = '', length, ...rest] = text.split('/');
  const bits = bitsOf(address);
  if (bits === null || rest.length > 0) return null;
  const width = address.includes(':') ? 128 : 32;
  if (length === undefined) return { bits, prefix: 128 };
  if (!/^\d{1,3}$/.test(length) || Number(length) > width) return null;
  return { bits, prefix: 128 - width + Number(length) };
}

/** An address as 128 bits, IPv4 as it is mapped into IPv6; null for what is none. */
function bitsOf(address: string): bigint | null {
  const mapped = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(address);
  if (mapped !== null) {
    const v4 = v4Of(mapped[2] ?? '');
    return v4 === null ? null : v6Of(`${mapped[1]}${(v4 >> 16n).toString(16)}:${(v4 & 0xffffn).toString(16)}`);
  }
  if (address.includes(':')) return v6Of(address);
  const v4 = v4Of(address);
  return v4 === null ? null : (0xffffn << 32n) | v4;
}

function v4Of(address: string): bigint | null {
  const parts = address.split('.');
  if (parts.length !== 4 || !parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) <= 255)) return null;
  return parts.reduce((bits, part) => (bits << 8n) | BigInt(part), 0n);
}

function v6Of(address: string): bigint | null {
  const halves = address.split('::');
  if (halves.length > 2) return null;
  const [head = [], tail = []] = halves.map((half) => (half === '' ? [] : half.split(':')));
  const missing = 8 - head.length - tail.length;
  if (halves.length === 2 ? missing < 1 : missing !== 0) return null;
  const groups = [...head, ...Array.from({ length: halves.length === 2 ? missing : 0 }, () => '0'), ...tail];
  if (!groups.every((group) => /^[0-9a-fA-F]{1,4}$/.test(group))) return null;
  return groups.reduce((bits, group) => (bits << 16n) | BigInt(`0x${group}`), 0n);
}
