export { type Fact, joinFact, joinFacts } from './fact.ts';
export { joinRegister, joinRegisters, type Register } from './register.ts';
