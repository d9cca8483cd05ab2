// Words that say nothing about the subject of a question. The other languages list only words that mean little
// in English (not `eu`: knowledge speaks of the EU); frequent words missing here are weighed down by their document
// frequency anyway.

const ENGLISH = `
a able currently certain certainly easily especially exactly figure figuring interested particular particularly simply specific specifically unable work worked works working about above actually after again all already also although always am an and another any anybody anyone anything
anyway are arent as ask asked asking at be because been before being below between both but by came can cannot cant come
comes coming could couldnt d did didnt do does doesnt doing don done dont due during each either else etc even ever every
everyone everything few find finding for from further get gets getting give gives given go goes going gonna gone got had
hadnt has hasnt have havent having he hello help helped helpful helping her here heres hers herself hes hey hi him himself
his hiya how however i if im in inquire inquiring into is isnt it itd itll its itself ive just kindly know knowing
let lets like ll looking lot m made make makes making many may maybe me might mine more most much must my myself necessary
need needed needing needs neither no nobody none nor not now o of off often ok okay on once one only onto or other others
otherwise our ours ourselves out over own perhaps please pls possible quite rather re really s said same say saying says
see seem seems several shall she shes should shouldnt since so some somebody someone somehow something still such sure t
tell than thank thanks that thats the their theirs them themselves then there therefore theres these they theyre theyve
thing things think this those though through thus to together too took toward towards tried try trying u under until unto
up upon us use used uses using ve very via want wanted wanting wants was wasnt way we well went were werent weve what
whatever whats when whenever where wheres whether which while who whoever whom whos whose why will wish wishing with within
without won wonder wondering wont would wouldnt yes yet you youd youll your youre yours yourself yourselves youve
aren couldn didn doesn hadn hasn haven isn shouldn wasn weren wouldn
`
const OTHERS = `
aber als auch auf aus bei beim bis bitte dann das dass den der dich doch du durch ein eine einem einen
einer eines er es haben habe ich ihr ihre im ist ja kann kannst kein keine mein meine mich mir muss
nach nicht noch nur oder ohne sein sich sie sind uber und uns unser vom von warum wenn wer werden wie wieviel wir wird wo
zu zum zur
au aux avec ce ces cet cette comment dans de du elle elles en est et etre il ils je la le les leur lui ma mais
merci mes moi mon ne nous ou par pas peut peux pour pourquoi puis quand que quel quelle quelles quels qui quoi
se ses si sont sur ta te tu un une votre vos vous
al como con cual cuales cuando cuanto cuanta cuantos del donde el ella ellos eres es esa ese esta este esto estoy
gracias hola las lo mas mi mis muy nos para pero por porque puede puedo quiero quien sobre soy su sus
tengo tiene tus usted y ya yo
ao aos com como da das dele dos ela ele eles esse estou foi isso isto mais meu minha muito na nao nas nem no nos o
obrigado onde ou pela pelo posso qual quais quando quanto que quem seu sua sao tem tenho uma voce
che chi ci cosa cui dal dalla della delle dei di gli ho il mio nel nella non perche piu posso quale quali
quando sono sul sulla ti tra tuo vorrei
aan bij dat deze dit een hebben het heeft hoe ik ja jij jullie kan maar mijn moet naar niet nog nu ook om onze
op te tot uit voor waar waarom wanneer wat wel wij wordt zijn
für über möchte möchten können könnte könnten müssen würde würden dafür à ça où là être été déjà même très voilà
qué cómo cuál cuáles cuándo cuánto cuánta dónde quién más está están sí él tú también así você vocês não são já até é
às estão può più perché così è né
`
/** Pairs of letters that only build sentences, in the scripts that are cut into pairs. */
const PAIRS = new Set(
  `什么 怎么 么样 多少 少钱 哪里 哪个 如何 是否 请问 我们 你们 我的 你的 一个 这个 那个 可以 是什 怎样 为什 有没 能不
  什麼 怎麼 麼樣 請問 我們 你們 這個 那個 可不 不可
  です ます すか ませ せん まし した して てい いる くだ ださ さい でし どう うし した どこ いつ 何で なに いく くら らで
  でき きま ので から まで こと もの この その ある する なる たい には では とは のは のか すれ れば ばい いで よい いい
  어떻 떻게 하나 나요 까요 어요 아요 하는 있나 인가 가요 무엇 얼마 마나 습니 니다 니까 있습 합니 하세 세요 해주`.split(
    /\s+/,
  ),
)
const WORDS = new Set(`${ENGLISH} ${OTHERS}`.split(/\s+/))

/** `word` is lower case, its accents kept: `may` says nothing, `máy` is a machine in Vietnamese. */
export function isStopWord(word: string): boolean {
  return WORDS.has(word)
}

/** A pair cut from a run of Han, Kana or Hangul. */
export function isStopPair(pair: string): boolean {
  return PAIRS.has(pair)
}
