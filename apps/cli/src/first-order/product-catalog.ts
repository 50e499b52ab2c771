import type { CreateProductRequest } from '@meridian/contracts';

/**
 * The products a fresh instance is filled with: made up, plausible, and the same on every machine, so that an example
 * in the documentation names a product that the reader has too. Nothing is taken from a real shop's list.
 */
export interface CatalogOptions {
  count: number;
  seed: number;
  regions: readonly string[];
  unitsPerRegion: number;
}

interface Department {
  /** Begins the SKU. */
  code: string;
  tag: string;
  nouns: readonly string[];
  materials: readonly string[];
  /** Cheapest and dearest price in whole euros. */
  euros: readonly [number, number];
}

const DEPARTMENTS: readonly Department[] = [
  {
    code: 'KIT',
    tag: 'kitchen',
    nouns: ['Saucepan', 'Chopping Board', 'Kettle', 'Mixing Bowl', 'Carafe', 'Bread Tin', 'Colander', 'Mug Set'],
    materials: ['Oak', 'Enamel', 'Copper', 'Stoneware', 'Steel', 'Glass', 'Cast Iron'],
    euros: [9, 140],
  },
  {
    code: 'OFF',
    tag: 'office',
    nouns: ['Notebook', 'Desk Lamp', 'Pen Stand', 'Document Tray', 'Desk Mat', 'Wall Planner', 'Bookend'],
    materials: ['Cork', 'Leather', 'Aluminium', 'Birch', 'Recycled Paper', 'Felt'],
    euros: [4, 90],
  },
  {
    code: 'OUT',
    tag: 'outdoor',
    nouns: ['Tent', 'Rucksack', 'Sleeping Mat', 'Water Bottle', 'Head Torch', 'Rain Jacket', 'Camp Stove', 'Hammock'],
    materials: ['Ripstop', 'Canvas', 'Titanium', 'Merino', 'Nylon', 'Aluminium'],
    euros: [15, 380],
  },
  {
    code: 'AUD',
    tag: 'audio',
    nouns: ['Headphones', 'Speaker', 'Turntable', 'Microphone', 'Radio', 'Earbuds', 'Amplifier'],
    materials: ['Walnut', 'Carbon', 'Aluminium', 'Bamboo', 'Matt Black'],
    euros: [29, 620],
  },
  {
    code: 'BED',
    tag: 'bedroom',
    nouns: ['Duvet Cover', 'Pillow', 'Blanket', 'Bedside Table', 'Fitted Sheet', 'Bedspread'],
    materials: ['Linen', 'Cotton', 'Wool', 'Bamboo', 'Flannel', 'Ash'],
    euros: [18, 260],
  },
  {
    code: 'TOY',
    tag: 'toys',
    nouns: ['Building Blocks', 'Puzzle', 'Train Set', 'Kite', 'Marble Run', 'Board Game', 'Spinning Top'],
    materials: ['Beech', 'Maple', 'Cardboard', 'Painted', 'Magnetic'],
    euros: [7, 95],
  },
  {
    code: 'GAR',
    tag: 'garden',
    nouns: ['Watering Can', 'Trowel', 'Planter', 'Bird Feeder', 'Secateurs', 'Lantern', 'Seed Tray'],
    materials: ['Terracotta', 'Zinc', 'Teak', 'Galvanised', 'Jute', 'Cedar'],
    euros: [6, 150],
  },
];

const MANNERS = ['Everyday', 'Small', 'Large', 'Folding', 'Classic', 'Nordic', 'Weekend', 'Slim', 'Studio', 'Harbour'];
const EXTRA_TAGS = ['new', 'gift', 'bestseller', 'handmade', 'sale', 'organic', 'last-chance'];
/** How prices end, in cents. */
const ENDINGS = [0, 50, 90, 95, 99];

export function productCatalog({ count, seed, regions, unitsPerRegion }: CatalogOptions): CreateProductRequest[] {
  const random = mulberry32(seed);
  const pick = <T>(choices: readonly T[]): T => choices[Math.floor(random() * choices.length)] as T;
  const stock = Object.fromEntries(regions.map((region) => [region, unitsPerRegion]));

  return Array.from({ length: count }, (_, i) => {
    const department = DEPARTMENTS[i % DEPARTMENTS.length] as Department;
    const [cheapest, dearest] = department.euros;
    // The square leans towards cheap things, as shops do.
    const euros = Math.floor(cheapest + random() ** 2 * (dearest - cheapest));
    const extraTags = EXTRA_TAGS.filter(() => random() < 0.12);
    return {
      sku: `${department.code}-${String(i + 1).padStart(5, '0')}`,
      name: `${pick(MANNERS)} ${pick(department.materials)} ${pick(department.nouns)}`,
      price: { amountMinor: euros * 100 + pick(ENDINGS), currency: 'EUR' },
      tags: [department.tag, ...extraTags],
      stock: { ...stock },
    };
  });
}

/** Mulberry32: 32 bits of state, enough for names and prices, and the same sequence on every platform. */
function mulberry32(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
