import { Injectable } from '@nestjs/common';

export const breaksTheAdapter = Injectable;
