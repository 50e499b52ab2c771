export { composeFaults } from './compose-faults.ts';
