import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';

export const breaksTheDomain = [randomUUID, Injectable];
