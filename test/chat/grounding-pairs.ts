/**
 * Sentences of answers beside the passages they cite, labelled by hand before the judge was run on them. `tuned` and
 * `seen` were looked at while it was made; `blind` was judged once, at the end: only it says how good it is.
 */
export type Label = 'supported' | 'unsupported' | 'no-claim'
export type Pair = { passages: string[]; answer: string; label: Label }

const pair = (label: Label, passages: string | string[], answer: string): Pair => ({
  label,
  passages: typeof passages === 'string' ? [passages] : passages,
  answer,
})

const REFUNDS =
  'Refunds take 5 to 7 business days after we receive your return. Shipping costs are not refunded. Gift cards are not refundable.'
const SHIPPING =
  'We ship to all EU countries and the UK. Standard delivery takes 3 to 5 days and costs 4.90 EUR. Express delivery takes one day and costs 12 EUR. Orders above 50 EUR ship free.'
const ACCOUNT =
  'Open the login page and choose "Forgot password". We send you a link that is valid for 24 hours. After five wrong attempts your account is locked for 30 minutes.'
const WARRANTY =
  'All devices come with a two-year warranty. Send us the serial number and a photo of the damage. Water damage is excluded.'
const PLANS =
  'The Starter plan includes 3 agents and 2,000 messages a month. The Pro plan includes 20 agents and 20,000 messages. You can change your plan at any time. Single sign-on is only available on the Business plan.'
const DE =
  'Die Rückerstattung dauert fünf bis sieben Werktage. Versandkosten werden nicht erstattet. Artikel können innerhalb von 30 Tagen zurückgegeben werden. Gutscheine sind vom Umtausch ausgeschlossen.'
const ES =
  'Los reembolsos tardan entre 5 y 7 días laborables. Los gastos de envío no se reembolsan. Puede devolver cualquier artículo en un plazo de 30 días.'
const FR =
  'Les remboursements prennent 5 à 7 jours ouvrés. Les frais de port ne sont pas remboursés. Vous pouvez retourner un article sous 30 jours.'
const JA = '返金には5〜7営業日かかります。送料は返金されません。商品到着後30日以内であれば返品できます。'
const ZH = '退款需要5到7个工作日。运费不予退还。商品送达后30天内可以退货。'
const RU =
  'Возврат денег занимает от 5 до 7 рабочих дней. Стоимость доставки не возвращается. Товар можно вернуть в течение 30 дней.'
const AR = 'يستغرق رد الأموال من 5 إلى 7 أيام عمل. لا يتم رد تكاليف الشحن. يمكنك إرجاع أي منتج خلال 30 يومًا.'
const PT =
  'Os reembolsos demoram de 5 a 7 dias úteis. Os custos de envio não são reembolsados. Pode devolver qualquer artigo no prazo de 30 dias.'

export const tuned: Pair[] = [
  pair('supported', REFUNDS, 'Refunds take 5 to 7 business days after we receive your return. [1]'),
  pair('supported', REFUNDS, 'You get your refund within 5–7 business days once your return has been received [1].'),
  pair('unsupported', REFUNDS, 'Refunds take 10 business days after we receive your return [1].'),
  pair('supported', REFUNDS, 'Note that shipping costs are not refunded [1].'),
  pair('unsupported', REFUNDS, 'Shipping costs are refunded as well [1].'),
  pair('supported', REFUNDS, "Gift cards can't be refunded [1]."),
  pair('unsupported', REFUNDS, 'Gift cards are refundable [1].'),
  pair('unsupported', REFUNDS, 'Our support team answers on weekends [1].'),
  pair('unsupported', REFUNDS, 'Refunds are paid in the original currency of your credit card.'),
  pair('no-claim', REFUNDS, 'Hello!'),
  pair('no-claim', REFUNDS, 'Is there anything else I can help you with?'),
  pair('no-claim', REFUNDS, "I'm happy to help!"),
  pair('no-claim', REFUNDS, 'Please let me know if you need anything else.'),
  pair('no-claim', REFUNDS, 'You are welcome!'),
  pair('supported', SHIPPING, 'Express delivery takes one day [1].'),
  pair('unsupported', SHIPPING, 'Express delivery takes 3 days [1].'),
  pair('supported', SHIPPING, 'Standard shipping costs €4.90 and arrives in 3 to 5 days [1].'),
  pair('unsupported', SHIPPING, 'Standard shipping costs $4.90 and arrives in 3 to 5 days [1].'),
  pair('supported', SHIPPING, 'For orders over 50 EUR, shipping is free [1].'),
  pair('unsupported', SHIPPING, 'We ship to Norway and all EU countries [1].'),
  pair('supported', SHIPPING, 'Standard delivery takes 3 to 5 days, express delivery 1 day [1].'),
  pair('supported', ACCOUNT, 'To reset your password, open the login page and choose "Forgot password" [1].'),
  pair('supported', ACCOUNT, 'The link stays valid for 24 hours [1].'),
  pair('unsupported', ACCOUNT, 'The link stays valid for 48 hours [1].'),
  pair(
    'supported',
    ACCOUNT,
    'Your account is locked for half an hour, that is 30 minutes, after 5 wrong attempts [1].',
  ),
  pair('unsupported', ACCOUNT, 'You can also reset your password in the mobile app under Settings [1].'),
  pair('supported', WARRANTY, 'Devices have a warranty of 2 years [1].'),
  pair('unsupported', WARRANTY, 'Devices have a warranty of three years [1].'),
  pair('supported', WARRANTY, 'The warranty does not cover water damage; it is excluded [1].'),
  pair('supported', PLANS, 'The Pro plan has 20 agents and 20.000 messages [1].'),
  pair('unsupported', PLANS, 'The Starter plan has 20 agents [1].'),
  pair('unsupported', PLANS, 'The Premium plan has 20 agents and 20,000 messages [1].'),
  pair(
    'supported',
    [REFUNDS, SHIPPING],
    'Refunds take 5 to 7 business days [1] and express delivery takes one day [2].',
  ),
  pair('unsupported', [REFUNDS, SHIPPING], 'Refunds take 5 to 7 business days [2].'),
  pair('supported', DE, 'Rückerstattungen dauern 5 bis 7 Werktage [1].'),
  pair('unsupported', DE, 'Rückerstattungen dauern 14 Werktage [1].'),
  pair('unsupported', DE, 'Versandkosten werden erstattet [1].'),
  pair('supported', DE, 'Sie können Artikel innerhalb von 30 Tagen zurückgeben [1].'),
  pair('no-claim', DE, 'Kann ich Ihnen sonst noch helfen?'),
  pair('supported', ES, 'El reembolso tarda entre 5 y 7 días laborables [1].'),
  pair('unsupported', ES, 'Los gastos de envío se reembolsan [1].'),
  pair('supported', FR, 'Vous pouvez retourner votre article dans un délai de 30 jours [1].'),
  pair('unsupported', FR, 'Vous pouvez retourner votre article dans un délai de 60 jours [1].'),
  pair('supported', JA, '返金には5〜7営業日かかります [1]。'),
  pair('unsupported', JA, '返金には10営業日かかります [1]。'),
  pair('supported', ZH, '退款一般需要5到7个工作日 [1]。'),
  pair('unsupported', ZH, '运费可以退还 [1]。'),
]

const HOURS =
  'Our phone line is open Monday to Friday from 9:00 to 17:00. On public holidays it is closed. You reach us at +49 30 1234567 or by email at support@acme.example.'
const EXPORT =
  'To export your data, go to Settings > Privacy and click Export. You receive a ZIP file by email within 48 hours. Deleted conversations are not part of the export.'
const PAYMENT =
  'We accept Visa, Mastercard and PayPal. Payment on invoice is available for companies with at least 10 employees. Your card is charged when the parcel leaves our warehouse.'
const RETURNS_IT =
  'I rimborsi richiedono da 5 a 7 giorni lavorativi. Le spese di spedizione non vengono rimborsate. È possibile restituire un articolo entro 30 giorni.'
const RETURNS_NL =
  'Terugbetalingen duren 5 tot 7 werkdagen. Verzendkosten worden niet terugbetaald. Cadeaubonnen kunnen niet worden geruild.'
const RETURNS_PL =
  'Zwrot pieniędzy trwa od 5 do 7 dni roboczych. Koszty wysyłki nie są zwracane. Towar można zwrócić w ciągu 30 dni.'
const RETURNS_TR =
  'Para iadesi 5 ila 7 iş günü sürer. Kargo ücreti iade edilmez. Ürünü 30 gün içinde iade edebilirsiniz.'
const RETURNS_KO =
  '환불은 영업일 기준 5~7일이 걸립니다. 배송비는 환불되지 않습니다. 상품은 30일 이내에 반품할 수 있습니다.'
const RETURNS_HI = 'धनवापसी में 5 से 7 कार्य दिवस लगते हैं। शिपिंग शुल्क वापस नहीं किया जाता है।'

export const seen: Pair[] = [
  pair('supported', HOURS, 'You can call us Monday to Friday between 9:00 and 17:00 [1].'),
  pair('unsupported', HOURS, 'You can call us Monday to Saturday between 9:00 and 17:00 [1].'),
  pair('unsupported', HOURS, 'The phone line is open on public holidays [1].'),
  pair('supported', HOURS, 'Our phone number is +49 30 1234567 [1].'),
  pair('unsupported', HOURS, 'Our phone number is +49 30 7654321 [1].'),
  pair('supported', EXPORT, 'Go to Settings > Privacy and click Export to export your data [1].'),
  pair('supported', EXPORT, 'The ZIP file is emailed to you within 48 hours [1].'),
  pair('unsupported', EXPORT, 'The ZIP file is emailed to you within 24 hours [1].'),
  pair('supported', EXPORT, 'Conversations that you have deleted are not included in the export [1].'),
  pair('unsupported', EXPORT, 'Deleted conversations are part of the export [1].'),
  pair('unsupported', EXPORT, 'The export contains all uploaded images in full resolution [1].'),
  pair('supported', PAYMENT, 'You can pay with Visa, Mastercard or PayPal [1].'),
  pair('unsupported', PAYMENT, 'You can pay with Visa, Mastercard or Bitcoin [1].'),
  pair('supported', PAYMENT, 'Companies with 10 or more employees can pay on invoice [1].'),
  pair('unsupported', PAYMENT, 'Companies with 5 or more employees can pay on invoice [1].'),
  pair('supported', PAYMENT, 'We charge your card when the parcel leaves the warehouse [1].'),
  pair('unsupported', PAYMENT, 'We charge your card the moment you place the order.'),
  pair('no-claim', PAYMENT, 'I hope this helps!'),
  pair('no-claim', PAYMENT, 'Feel free to ask if you have more questions.'),
  pair('no-claim', PAYMENT, 'Do you want to pay as a company?'),
  pair('supported', RU, 'Деньги возвращаются в течение 5–7 рабочих дней [1].'),
  pair('unsupported', RU, 'Стоимость доставки возвращается [1].'),
  pair('unsupported', RU, 'Товар можно вернуть в течение 14 дней [1].'),
  pair('supported', AR, 'يستغرق رد الأموال من 5 إلى 7 أيام عمل [1].'),
  pair('unsupported', AR, 'يمكنك إرجاع أي منتج خلال 60 يومًا [1].'),
  pair('supported', PT, 'O reembolso demora entre 5 e 7 dias úteis [1].'),
  pair('unsupported', PT, 'Os custos de envio são reembolsados [1].'),
  pair('supported', RETURNS_IT, 'Puoi restituire un articolo entro 30 giorni [1].'),
  pair('unsupported', RETURNS_IT, 'Le spese di spedizione vengono rimborsate [1].'),
  pair('supported', RETURNS_NL, 'Cadeaubonnen kun je niet ruilen [1].'),
  pair('unsupported', RETURNS_NL, 'Terugbetalingen duren 3 werkdagen [1].'),
  pair('supported', RETURNS_PL, 'Zwrot pieniędzy trwa 5–7 dni roboczych [1].'),
  pair('unsupported', RETURNS_PL, 'Koszty wysyłki są zwracane [1].'),
  pair('supported', RETURNS_TR, 'Para iadesi 5-7 iş günü sürer [1].'),
  pair('unsupported', RETURNS_TR, 'Ürünü 60 gün içinde iade edebilirsiniz [1].'),
  pair('supported', RETURNS_KO, '환불은 영업일 기준으로 5~7일 걸립니다 [1].'),
  pair('unsupported', RETURNS_KO, '환불은 영업일 기준으로 14일 걸립니다 [1].'),
  pair('supported', RETURNS_HI, 'धनवापसी में 5 से 7 कार्य दिवस लगते हैं [1]।'),
  pair('unsupported', RETURNS_HI, 'शिपिंग शुल्क वापस किया जाता है [1]।'),
  pair('supported', DE, 'Gutscheine können nicht umgetauscht werden [1].'),
  pair('unsupported', DE, 'Bei Fragen erreichen Sie uns rund um die Uhr telefonisch [1].'),
  pair('supported', JA, '商品到着から30日以内は返品が可能です [1]。'),
  pair('unsupported', ZH, '商品送达后60天内可以退货 [1]。'),
  pair('unsupported', JA, '送料は返金されます [1]。'),
]

const SIZES =
  'Our jackets run small, so order one size larger than usual. Measure your chest under the arms. If a jacket does not fit, the exchange is free within 60 days. Sale items can only be exchanged for the same article in another size.'
const TENT =
  'The Alba 2 tent weighs 1.8 kg and sleeps two people. It withstands winds of up to 80 km/h. The groundsheet is sold separately for 39 EUR. Never machine-wash the tent; clean it by hand with cold water.'
const API =
  'Create an API token under Workspace > Developers. Tokens expire after 90 days. Each token may send 120 requests per minute; above that the server answers with status 429. Only admins can create tokens.'
const BOOKING =
  'Guests can cancel a booking free of charge until 24 hours before it begins. Later cancellations cost half of the price. Bookings are confirmed by email at once.'
const DE_TARIF =
  'Der Vertrag hat eine Mindestlaufzeit von 24 Monaten und verlängert sich danach um jeweils einen Monat. Die Kündigung muss schriftlich erfolgen. Bei einem Umzug können Sie den Anschluss kostenlos mitnehmen. Der Router bleibt Eigentum des Anbieters.'
const DE_BAHN =
  'Kinder unter 6 Jahren fahren kostenlos mit und brauchen keine Fahrkarte. Hunde benötigen ein Ticket zum halben Preis. Fahrräder dürfen im Nahverkehr ab 9 Uhr mitgenommen werden.'
const ES_CUENTA =
  'Para cambiar la contraseña, abra la página de inicio de sesión y pulse «He olvidado mi contraseña». El enlace caduca a las 24 horas. Las cuentas sin actividad se eliminan después de 12 meses.'
const FR_COLIS =
  'Le colis est livré en point relais sous 48 heures. Vous avez 14 jours pour le retirer. Passé ce délai, il est renvoyé à l’expéditeur. La livraison à domicile coûte 6,50 €.'
const RU_KARTA =
  'Бонусная карта действует один год. За каждые 100 рублей начисляется 5 баллов. Баллы нельзя обменять на деньги. Потерянную карту можно восстановить в личном кабинете.'
const JA_HOTEL =
  'チェックインは15時から、チェックアウトは11時までです。朝食は7時から10時まで1階のレストランで提供しています。駐車場は1泊1,000円です。ペットは同伴できません。'
const ZH_CARD = '会员卡有效期为12个月。每消费10元积1分。积分不能兑换现金。丢失的会员卡可以在门店补办，手续费20元。'

export const blind: Pair[] = [
  pair('supported', SIZES, 'Since our jackets run small, we recommend ordering one size larger [1].'),
  pair('unsupported', SIZES, 'Since our jackets run large, we recommend ordering one size smaller [1].'),
  pair('supported', SIZES, 'You can exchange a jacket that does not fit free of charge within 60 days [1].'),
  pair('unsupported', SIZES, 'You can exchange a jacket that does not fit within 90 days [1].'),
  pair('supported', SIZES, 'Items on sale can only be exchanged for a different size of the same article [1].'),
  pair('unsupported', SIZES, 'Customers in Switzerland pay the customs duties themselves [1].'),
  pair('supported', TENT, 'The Alba 2 weighs 1.8 kg and has room for two people [1].'),
  pair('unsupported', TENT, 'The Alba 3 weighs 1.8 kg and has room for two people [1].'),
  pair('unsupported', TENT, 'The Alba 2 withstands winds of up to 100 km/h [1].'),
  pair('supported', TENT, 'You should not wash the tent in a machine; clean it by hand with cold water [1].'),
  pair('unsupported', TENT, 'You can machine-wash the tent [1].'),
  pair('unsupported', TENT, 'The groundsheet is included in the price [1].'),
  pair('supported', TENT, 'A groundsheet costs an additional 39 EUR, as it is sold separately [1].'),
  pair('no-claim', TENT, 'Which tent are you asking about?'),
  pair('supported', API, 'You create an API token under Workspace > Developers [1].'),
  pair('supported', API, 'Tokens are valid for 90 days, after which they expire [1].'),
  pair('unsupported', API, 'Tokens never expire [1].'),
  pair('unsupported', API, 'Each token may send 90 requests per minute [1].'),
  pair('supported', API, 'If you send more than 120 requests per minute, the server answers with 429 [1].'),
  pair('unsupported', API, 'Every member of the workspace is allowed to create tokens [1].'),
  pair('unsupported', API, 'You can also revoke tokens with the command line tool.'),
  pair('supported', BOOKING, 'Cancelling a booking is free until 24 hours before it starts [1].'),
  pair('unsupported', BOOKING, 'Cancelling a booking is free until 48 hours before it starts [1].'),
  pair('unsupported', BOOKING, 'Bookings are confirmed by SMS within an hour [1].'),
  pair('supported', BOOKING, 'If you cancel later, it costs half the price [1].'),
  pair('no-claim', BOOKING, 'Thanks for your question!'),
  pair('no-claim', BOOKING, 'Sorry, I did not understand that.'),
  pair('supported', DE_TARIF, 'Die Mindestlaufzeit beträgt 24 Monate [1].'),
  pair('unsupported', DE_TARIF, 'Die Mindestlaufzeit beträgt 12 Monate [1].'),
  pair('supported', DE_TARIF, 'Sie müssen schriftlich kündigen [1].'),
  pair('unsupported', DE_TARIF, 'Sie müssen nicht schriftlich kündigen [1].'),
  pair('supported', DE_TARIF, 'Wenn Sie umziehen, nehmen Sie den Anschluss kostenlos mit [1].'),
  pair('unsupported', DE_TARIF, 'Für Geschäftskunden gibt es einen Rabatt auf die Grundgebühr [1].'),
  pair('supported', DE_BAHN, 'Für Kinder unter 6 Jahren brauchen Sie keine Fahrkarte [1].'),
  pair('unsupported', DE_BAHN, 'Für Kinder unter 14 Jahren brauchen Sie keine Fahrkarte [1].'),
  pair('unsupported', DE_BAHN, 'Hunde benötigen kein Ticket [1].'),
  pair('supported', DE_BAHN, 'Im Nahverkehr dürfen Sie Fahrräder ab 9 Uhr mitnehmen [1].'),
  pair('supported', ES_CUENTA, 'El enlace para cambiar la contraseña caduca a las 24 horas [1].'),
  pair('unsupported', ES_CUENTA, 'El enlace caduca a las 2 horas [1].'),
  pair('supported', ES_CUENTA, 'Eliminamos las cuentas sin actividad después de 12 meses [1].'),
  pair('unsupported', ES_CUENTA, 'También puede cambiar la contraseña por teléfono [1].'),
  pair('supported', FR_COLIS, 'Vous disposez de 14 jours pour retirer votre colis [1].'),
  pair('unsupported', FR_COLIS, 'Vous disposez de 30 jours pour retirer votre colis [1].'),
  pair('supported', FR_COLIS, 'La livraison à domicile coûte 6,50 € [1].'),
  pair('unsupported', FR_COLIS, 'La livraison à domicile est gratuite [1].'),
  pair('supported', RU_KARTA, 'Карта действует 1 год [1].'),
  pair('unsupported', RU_KARTA, 'Баллы можно обменять на деньги [1].'),
  pair('unsupported', RU_KARTA, 'За каждые 100 рублей вы получаете 10 баллов [1].'),
  pair('supported', JA_HOTEL, '朝食は7時から10時までレストランで提供されます [1]。'),
  pair('unsupported', JA_HOTEL, '朝食は6時から9時までです [1]。'),
  pair('unsupported', JA_HOTEL, 'ペットは同伴できます [1]。'),
  pair('supported', ZH_CARD, '会员卡的有效期是12个月 [1]。'),
  pair('unsupported', ZH_CARD, '会员卡的有效期是24个月 [1]。'),
  pair('unsupported', ZH_CARD, '积分可以兑换现金 [1]。'),
]
