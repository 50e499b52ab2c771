/** Read where the tests are started; everything else is given what it needs. */
const { SIMULATION_SEEDS, SEED } = process.env;

export const simulationConfig = {
  /** How many schedules a run of the tests plays. More of them is a soak. */
  seeds: Number(SIMULATION_SEEDS ?? 2_000),
  /** The one schedule to play, when it is one. */
  seed: SEED === undefined ? undefined : Number(SEED),
};
