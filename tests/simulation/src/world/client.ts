import { EMPTY_TOKEN, joinTokens, type Token } from '@meridian/consistency';
import type { Task } from '../kernel/host.ts';
import type { ServiceName } from '../observation.ts';
import { CLIENT } from './network.ts';
import type { Region } from './region.ts';
import type { Action } from './schedule.ts';
import type { Answer, Caller } from './service.ts';
import type { World } from './world.ts';

/** A customer's id is the namespace of the UUIDv5 of an order. */
const CUSTOMER = '7a9c4a4e-7c3a-4a57-9a62-5a0d3a2b1c00';
const PATIENCE_MS = 3_000;
const PAUSE_MS = 400;
/** After this many tries somebody gives a read up; a write is tried until there is a definite answer. */
const READ_TRIES = 6;

/** Somebody who uses the system: one thing after the other, in whichever region, with the token of what went before. */
export class Session {
  readonly id: string;
  readonly #world: World;
  #token: Token = EMPTY_TOKEN;
  #waiting: Action[] = [];
  #busy = false;
  #count = 0;

  constructor(id: string, world: World) {
    this.id = id;
    this.#world = world;
  }

  /** Does it when all that came before is done. */
  act(action: Action): void {
    this.#waiting.push(action);
    if (this.#busy) return;
    this.#busy = true;
    this.#world.clients.start(this.#work());
  }

  *#work(): Task<void> {
    for (let action = this.#waiting.shift(); action; action = this.#waiting.shift()) {
      this.#count += 1;
      yield* this.#carryOut(action);
    }
    this.#busy = false;
  }

  *#carryOut(action: Action): Task<void> {
    switch (action.do) {
      case 'register': {
        const profile = { email: `${action.user}@${this.id}`, name: action.user, country: 'SG' };
        yield* this.#write(action.region, 'user', action.user, (region, caller) =>
          region.user.carryOut(action.user, { type: 'RegisterUser', ...profile }, caller),
        );
        return;
      }
      case 'change-profile': {
        const change = { [action.field]: `${this.id} ${this.#count}` };
        yield* this.#write(action.region, 'user', action.user, (region, caller) =>
          region.user.carryOut(action.user, { type: 'ChangeProfile', ...change }, caller),
        );
        return;
      }
      case 'create-product': {
        const price = { amountMinor: 100 + this.#count, currency: 'EUR' as const };
        const product = { name: action.sku, price, tags: [], stock: action.units };
        yield* this.#write(action.region, 'catalog', action.sku, (region, caller) =>
          region.catalog.carryOut(action.sku, { type: 'CreateProduct', ...product }, caller),
        );
        return;
      }
      case 'restock': {
        const { sku, units } = action;
        yield* this.#write(action.region, 'catalog', sku, (region, caller) =>
          region.catalog.carryOut(sku, { type: 'Restock', units }, caller),
        );
        return;
      }
      case 'reprice': {
        const price = { amountMinor: action.amountMinor, currency: 'EUR' as const };
        yield* this.#write(action.region, 'catalog', action.sku, (region, caller) =>
          region.catalog.carryOut(action.sku, { type: 'ChangeProduct', price }, caller),
        );
        return;
      }
      case 'place': {
        const { sku, quantity } = action;
        const id = this.#world.rules.orderIdOf(CUSTOMER, action.order);
        const placing = { id, customerId: CUSTOMER, lines: [{ sku, quantity }] };
        this.#world.observe({ kind: 'placed', idempotencyKey: action.order, orderId: id });
        yield* this.#write(action.region, 'order', id, (region, caller) => region.order.place(placing, caller));
        return;
      }
      case 'pay':
      case 'cancel': {
        const id = this.#world.rules.orderIdOf(CUSTOMER, action.order);
        const reference = `${action.order} by ${this.id}`;
        yield* this.#write(action.region, 'order', id, ({ order }, caller) =>
          action.do === 'pay' ? order.pay(id, reference, caller) : order.cancel(id, caller),
        );
        return;
      }
      case 'read':
        return yield* this.#read(action.region, action.service, action.key);
      default:
        return action satisfies never;
    }
  }

  *#write<S>(first: string, name: ServiceName, key: string, handle: Handler<S>): Task<Answer<S>> {
    for (let tries = 0; ; tries += 1) {
      const region = this.#regionFor(first, tries);
      const answer = yield* this.#ask(region, name, handle);
      if (answer?.ok) {
        this.#token = joinTokens(this.#token, answer.token);
        this.#tell(answer, name, key, region);
      }
      if (answer && (answer.ok || !TRY_AGAIN.has(answer.reason))) return answer;
      yield PAUSE_MS * (1 + this.#world.kernel.randomOf(`${this.id} waits`).next());
    }
  }

  *#read(first: string, name: ServiceName, key: string): Task<void> {
    for (let tries = 0; tries < READ_TRIES; tries += 1) {
      const region = this.#regionFor(first, tries);
      const answer = yield* this.#ask<unknown>(region, name, ({ [name]: service }, caller) =>
        service.read(key, caller),
      );
      if (answer?.ok) {
        this.#token = joinTokens(this.#token, answer.token);
        this.#tell(answer, name, key, region);
        return;
      }
      yield PAUSE_MS;
    }
  }

  #tell(answer: Answer<unknown>, service: ServiceName, key: string, region: Region): void {
    if (!answer.ok) return;
    const kind = answer.changed ? 'wrote' : 'read';
    this.#world.observe({ kind, session: this.id, service, key, value: answer.value, region: region.id });
  }

  /** Undefined when no answer came, or none that says whether it was done. */
  *#ask<S>(region: Region, name: ServiceName, handle: Handler<S>): Task<Answer<S> | undefined> {
    const caller = { session: this.id, token: this.#token };
    const result = yield* this.#world.network.request(CLIENT, region[name], () => handle(region, caller), PATIENCE_MS);
    return result.outcome === 'answered' ? result.value : undefined;
  }

  /** The one that was chosen, and when it fails the others in turn. */
  #regionFor(first: string, tries: number): Region {
    const { regions } = this.#world;
    const at = regions.findIndex(({ id }) => id === first);
    return regions[(at + tries) % regions.length] as Region;
  }
}

type Handler<S> = (region: Region, caller: Caller) => Task<Answer<S>>;

/** Refusals that say "not here" or "not now". */
const TRY_AGAIN = new Set([
  'NotCovered',
  'UpstreamUnknown',
  'ConcurrentChange',
  'InProgress',
  'CatalogUnknown',
  'PaymentUnknown',
]);
