import { inEveryRegion, judgeOrders, ordersHeld } from '@meridian/test-harness';

/** Which of these orders some region lacks though they were acknowledged, and which are there more than once. */
export async function judgeOrdersEverywhere(
  orders: Parameters<typeof judgeOrders>[0],
): Promise<ReturnType<typeof judgeOrders>> {
  const customers = orders.map(({ customerId }) => customerId);
  return judgeOrders(orders, await inEveryRegion((region) => ordersHeld(region, customers)));
}
