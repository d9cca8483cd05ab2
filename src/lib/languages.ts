// Small facts about languages, for comparing two texts without a model. All words are folded (no accents).

export type LanguageFacts = {
  /** The commonest words: which of them a text says tells its language. Empty where the script tells it. */
  common: string
  negations: string
  /** The words for 1 to 12, 20 and 30, variants after a slash. */
  numbers: string
}

export const LANGUAGES = {
  en: {
    common: 'the of and to is are in for you your we it that with this on can be from our or within if by as',
    negations: 'not no never cannot without none neither nor nothing nobody non',
    numbers: 'one two three four five six seven eight nine ten eleven twelve twenty thirty',
  },
  de: {
    common: 'der die das und ist nicht ein eine sie wir mit fur ihre den dem zu von konnen werden auf bei im kann sind',
    negations: 'nicht nichts kein keine keinen keiner keinem keines nie niemals ohne weder',
    numbers:
      'ein/eine/einen/einem/eins zwei drei vier funf sechs sieben acht neun zehn elf zwolf zwanzig dreissig/dreiszig',
  },
  es: {
    common: 'el la los las de que y en un una por para su con se es del puede no al lo sus',
    negations: 'no nunca sin ningun ninguna ninguno ni jamas nada tampoco',
    numbers: 'un/una/uno dos tres cuatro cinco seis siete ocho nueve diez once doce veinte treinta',
  },
  fr: {
    common: 'le la les des et est un une vous pour dans votre de du en ne pas sont nous au sur peut pouvez',
    negations: 'pas jamais sans aucun aucune rien ni non',
    numbers: 'un/une deux trois quatre cinq six sept huit neuf dix onze douze vingt trente',
  },
  pt: {
    common: 'o a os as de que e em um uma por para seu com se do da no na nao sao pode dos das ao',
    negations: 'nao nunca sem nenhum nenhuma nem nada',
    numbers: 'um/uma dois/duas tres quatro cinco seis sete oito nove dez onze doze vinte trinta',
  },
  it: {
    common: 'il lo la gli le di che e in un una per con si del della non sono da i al puoi vengono suo',
    negations: 'non mai senza nessun nessuna nessuno ne niente nulla',
    numbers: 'un/una/uno due tre quattro cinque sei sette otto nove dieci undici dodici venti trenta',
  },
  nl: {
    common: 'de het een en van is in voor u je wij met op niet kun kunt kan kunnen zijn wordt worden te dat uw aan om',
    negations: 'niet geen nooit zonder niets noch',
    numbers: 'een twee drie vier vijf zes zeven acht negen tien elf twaalf twintig dertig',
  },
  pl: {
    common: 'i w na z do sie nie jest to od za dla ze przez mozna po sa lub moze o w ciagu',
    negations: 'nie bez nigdy zaden zadna zadne ani nic',
    numbers:
      'jeden/jedna dwa/dwie trzy cztery piec szesc siedem osiem dziewiec dziesiec jedenascie dwanascie dwadziescia trzydziesci',
  },
  sv: {
    common: 'och att det som pa ar av for med en ett den till inte kan du vi om fran din har i',
    negations: 'inte ej aldrig utan ingen inget inga varken',
    numbers: 'en/ett tva tre fyra fem sex sju atta nio tio elva tolv tjugo trettio',
  },
  tr: {
    common: 've bir bu icin ile da de icinde olarak en veya daha gibi kadar siz olan sonra her',
    negations: 'degil yok hicbir asla hic edilmez olmaz',
    numbers: 'bir iki uc dort bes alti yedi sekiz dokuz on onbir oniki yirmi otuz',
  },
  ru: {
    common: '',
    negations: 'не нет без нельзя никогда ни ничего',
    numbers:
      'один/одна два/две три четыре пять шесть семь восемь девять десять одиннадцать двенадцать двадцать тридцать',
  },
  uk: {
    common: '',
    negations: 'не немае без ніколи нема ні не можна',
    numbers: '',
  },
  ar: {
    common: '',
    negations: 'لا لم لن ليس ليست بدون غير',
    numbers: 'واحد اثنان ثلاثه اربعه خمسه سته سبعه ثمانيه تسعه عشره',
  },
  hi: { common: '', negations: 'नही नहीं मत बिना', numbers: 'एक दो तीन चार पांच छह सात आठ नौ दस' },
  el: { common: '', negations: 'δεν μη μην οχι χωρισ ποτε', numbers: '' },
  he: { common: '', negations: 'לא אין בלי ללא', numbers: '' },
  ja: { common: '', negations: 'ない ません なし できず 不可', numbers: '' },
  zh: { common: '', negations: '不 没 沒 無 无 未 非', numbers: '' },
  ko: { common: '', negations: '않 없 못 아니', numbers: '' },
  th: { common: '', negations: 'ไม่ ไม', numbers: '' },
} satisfies Record<string, LanguageFacts>

export type Language = keyof typeof LANGUAGES
