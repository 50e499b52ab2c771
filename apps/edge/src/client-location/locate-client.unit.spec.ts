import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CITIES } from './cities.ts';
import { COUNTRIES } from './countries.ts';
import { locateClient } from './locate-client.ts';

const dublin = { ok: true, kind: 'city', place: { lat: 53.35, lon: -6.26 } };

describe('locateClient', () => {
  it.each(['Dublin', 'dublin', ' DUBLIN '])('knows a city however it is written: %j', (text) => {
    expect(locateClient(text)).toEqual(dublin);
  });

  it.each(['São Paulo', 'sao-paulo', 'Sao_Paulo'])('knows a name without its accents and blanks: %j', (text) => {
    const asNodeReadsIt = Buffer.from(text, 'utf8').toString('latin1');
    expect(locateClient(asNodeReadsIt)).toMatchObject({ ok: true, place: { lat: -23.55, lon: -46.63 } });
  });

  it.each(['IE', 'ie'])('takes a country code for its representative place: %s', (code) => {
    expect(locateClient(code)).toEqual({ ...dublin, kind: 'country' });
  });

  it.each([
    ['53.35,-6.26', 53.35, -6.26],
    ['+1.3, 103.8', 1.3, 103.8],
    ['-90,180', -90, 180],
  ])('reads coordinates: %s', (text, lat, lon) => {
    expect(locateClient(text)).toEqual({ ok: true, kind: 'coordinates', place: { lat, lon } });
  });

  it.each([
    '',
    'Atlantis',
    'ZZ',
    '91,0',
    '0,181',
    'NaN,NaN',
    '1e1,2',
    '53.35',
    '1,2,3',
    'Dublin, Singapore',
    '__proto__',
    'constructor',
    'x'.repeat(81),
  ])('refuses in one sentence what is no place: %j', (text) => {
    expect(locateClient(text)).toEqual({ ok: false, detail: expect.stringMatching(/^[^\n]+\.$/) });
  });

  it('answers any text at all with a place on Earth or a refusal', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 100 }), (text) => {
        const location = locateClient(text);
        if (!location.ok) return;
        expect(Math.abs(location.place.lat)).toBeLessThanOrEqual(90);
        expect(Math.abs(location.place.lon)).toBeLessThanOrEqual(180);
      }),
    );
  });

  it('ships places that are on Earth and names that can be written', () => {
    for (const [name, [lat, lon]] of [...Object.entries(CITIES), ...Object.entries(COUNTRIES)]) {
      expect(Math.abs(lat), name).toBeLessThanOrEqual(90);
      expect(Math.abs(lon), name).toBeLessThanOrEqual(180);
      expect(locateClient(name), name).toMatchObject({ ok: true });
    }
  });
});
