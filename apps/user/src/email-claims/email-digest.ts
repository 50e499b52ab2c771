import { createHmac } from 'node:crypto';

/**
 * What stands for an address wherever a claim of it goes: equal for two spellings that reach one mailbox in practice
 * (case, Unicode form), and useless without the key. A plain hash would not do: addresses can be guessed and hashed.
 */
export function emailDigest(key: string, email: string): string {
  return createHmac('sha256', key).update(email.trim().normalize('NFKC').toLowerCase()).digest('hex');
}
