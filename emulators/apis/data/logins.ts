/** Parts that a user's account and whereabouts are put together from. */
export const TITLES = ['Miss', 'Mrs', 'Ms'] as const;
export const PASSWORDS = ['addison', 'lantern', 'qwerty12', 'harbour', '0rch4rd', 'letmein'] as const;
export const COLOURS = ['yellow', 'silver', 'tiny', 'angry', 'organic', 'happy'] as const;
export const ANIMALS = ['peacock', 'gorilla', 'swan', 'tiger', 'bear', 'ostrich'] as const;
export const TIMEZONES = [
  { offset: '-3:30', description: 'Newfoundland' },
  { offset: '0:00', description: 'Western Europe Time, London, Lisbon, Casablanca' },
  { offset: '+5:45', description: 'Kathmandu' },
  { offset: '+7:00', description: 'Bangkok, Hanoi, Jakarta' },
  { offset: '+9:30', description: 'Adelaide, Darwin' },
] as const;
