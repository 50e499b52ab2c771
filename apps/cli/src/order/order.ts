import { randomUUID } from 'node:crypto';
import { placeOrderRequest } from '@meridian/contracts';
import type { Command } from 'commander';
import { CommandFailure, usageFault } from '../command-failure.ts';
import { defineCommand } from '../command-text.ts';
import { floorsOf } from '../instance/wan.ts';
import type { InSession } from '../program.ts';
import type { Session } from '../session.ts';
import { arrivalFaults } from './arrival.ts';
import { type ObservedStep, observe } from './observe-arrivals.ts';
import { anySku, cancelOrder, payOrder, placeOrder } from './place-order.ts';
import { observedStepToJson, renderObservedStep } from './render-observed-step.ts';

interface Options {
  from?: string;
  sku?: string;
  quantity: string;
  customer?: string;
  key?: string;
  pay?: boolean;
  cancel?: boolean;
}

export function addOrderCommand(program: Command, inSession: InSession): void {
  defineCommand(program, {
    usage: 'order',
    summary: 'place an order and watch it arrive in every region',
    details: 'Goes through the edge like any client, then looks straight at each other region.',
    examples: [
      ['order', 'one piece of some product'],
      ['order --from Dublin', 'from Dublin: the edge picks the nearest healthy region'],
      ['order --sku KIT-00001 --quantity 3 --pay', 'place, then pay'],
      ['order --key k1 --customer <uuid> --sku KIT-00001', 'twice: the second answer repeats the first'],
    ],
    failsWhen: 'the order was refused, not seen everywhere, or seen too early',
  })
    .option('--from <city>', 'where the client is: a city, "lat,lon" or a country')
    .option('--sku <sku>', 'what to order (default: some product in stock)')
    .option('--quantity <n>', 'how many', '1')
    .option('--customer <uuid>', 'who orders (default: somebody new)')
    .option('--key <key>', 'the Idempotency-Key (default: a new one)')
    .option('--pay', 'pay the order once it is placed')
    .option('--cancel', 'cancel the order at the end')
    .action(inSession<Options>(runOrder));
}

async function runOrder(session: Session, options: Options): Promise<void> {
  const quantity = Number(options.quantity);
  if (!Number.isInteger(quantity) || quantity < 1)
    throw usageFault(`A quantity is a whole number from 1 on, not "${options.quantity}".`);
  const sku = options.sku ?? (await anySku(session, options.from));
  const request = placeOrderRequest.safeParse({
    customerId: options.customer ?? randomUUID(),
    lines: [{ sku, quantity }],
  });
  if (!request.success)
    throw usageFault(request.error.issues.map((i) => `${i.path.join('.')}: ${i.message}`).join('; '));

  const floorMs = await floorsOf(session);
  const { from: location, key: idempotencyKey } = options;
  const steps: ObservedStep[] = [];
  const take = async (step: () => ReturnType<typeof placeOrder>) => {
    const observed = await observe(session, floorMs, step);
    steps.push(observed);
    if (!session.json)
      session.terminal.line(renderObservedStep(observed, { ...session.terminal, portOffset: session.portOffset }));
    return observed.order.id;
  };
  const id = await take(() => placeOrder(session, { request: request.data, idempotencyKey, location }));
  if (options.pay) await take(() => payOrder(session, id, location));
  if (options.cancel) await take(() => cancelOrder(session, id, location));

  if (session.json) session.terminal.line(JSON.stringify({ steps: steps.map(observedStepToJson) }, null, 2));
  const faults = steps.flatMap((s) => arrivalFaults(s.servedBy, s.arrivals));
  if (faults.length > 0) throw new CommandFailure(faults.join('\n'));
}
