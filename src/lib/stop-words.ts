// Words that say nothing about the subject of a question. The other languages list only words that mean nothing
// else in English; frequent words missing here are weighed down by their document frequency anyway.

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
aber als auch auf aus bei beim bis bitte dann das dass den der des dich doch du durch ein eine einem einen
einer eines er es fur haben habe ich ihr ihre im ist ja kann kannst kein keine konnen mein meine mich mir muss
nach nicht noch nur oder ohne sein sich sie sind uber und uns unser vom von warum wenn wer werden wie wieviel wir wird wo
zu zum zur
au aux avec ce ces cet cette comment dans de des du elle elles en est et etre il ils je la le les leur lui ma mais
merci mes moi mon ne nous ou par pas peut peux plait pour pourquoi puis quand que quel quelle quelles quels qui quoi sa
se ses si sont sur ta te tu un une votre vos vous
al como con cual cuales cuando cuanto cuanta cuantos del donde el ella ellos era eres es esa ese eso esta este esto estoy
gracias hola las lo mas mi mis muy nos para pero por porque puede puedo quiero quien sobre soy su sus
tengo tiene tus usted y ya yo
ao aos com como da das dele dos ela ele eles esse estou eu foi isso isto mais meu minha muito na nao nas nem no nos o
obrigado onde os ou pela pelo posso qual quais quando quanto que quem seu sua sao tem tenho uma voce
che chi ci cosa cui dal dalla della delle dei di dove gli ho il io mio nel nella non perche piu posso quale quali
quando sono sul sulla ti tra tuo vorrei
aan bij dat deze dit een hebben het heeft hoe ik ja jij jullie kan maar mijn moet naar niet nog nu ook om onze
op te tot uit voor waar waarom wanneer wat wel wij wordt zijn
`
const WORDS = new Set(`${ENGLISH} ${OTHERS}`.split(/\s+/))

/** `word` is lower case with its accents folded, not stemmed. */
export function isStopWord(word: string): boolean {
  return WORDS.has(word)
}
