import { readFileSync } from 'node:fs';
import { Kafka } from 'kafkajs';

export const breaksPurity = [readFileSync, Kafka];
