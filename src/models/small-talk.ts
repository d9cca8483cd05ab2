import { analyseContent, analyseWords, fold } from '../lib/analyse.ts'

const WORDS = new Set(
  `hi hello hey hiya yo howdy greetings good morning afternoon evening night day thanks thank thx ty cheers bye goodbye
  great perfect awesome cool nice lovely excellent wonderful super ok okay okey alright sorry welcome worked
  hola gracias buenos buenas dias tardes noches adios genial perfecto bonjour bonsoir salut merci beaucoup parfait
  hallo danke moin guten tag morgen abend servus tschuss super schonen ciao grazie buongiorno buonasera prego
  ola obrigado obrigada bom boa tarde noite valeu dank bedankt hoi goedemorgen czesc dzieki dziekuje witam hej tack
  merhaba selam tesekkurler tesekkur ederim привет здравствуите спасибо добрыи день до свидания γεια ευχαριστω
  مرحبا شكرا السلام عليكم नमस्ते धन्यवाद xin chao cam on buna ziua multumesc`
    .split(/\s+/)
    .map(fold),
)
const PHRASE =
  /^(?:こんにちは|こんばんは|おはよう(?:ございます)?|ありがとう(?:ございます|ございました)?|どうも|你好|您好|谢谢|謝謝|多谢|안녕하세요|감사합니다|고마워요?|สวัสดี(?:ครับ|ค่ะ)?|ขอบคุณ(?:ครับ|ค่ะ|มาก)*)$/u

/** A greeting, thanks or goodbye and nothing else: there is nothing to look up. */
export function isSmallTalk(text: string): boolean {
  if (text.length > 200) return false
  const { words } = analyseWords(text)
  if (PHRASE.test(text.normalize('NFC').replace(/[\s\p{P}\p{S}]+/gu, ''))) return true
  return (
    words.length > 0 &&
    words.length <= 10 &&
    words.some((word) => WORDS.has(word)) &&
    analyseContent(text).words.every((word) => WORDS.has(word))
  )
}
