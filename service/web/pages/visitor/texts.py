"""What the screens of the form say, in English and in Spanish."""

from typing import NamedTuple

from contracts.wording import Both


class CommonTexts(NamedTuple):
    """What stands on more than one screen."""

    title: Both = Both("Check your insurance", "Revise su seguro")
    other_language: Both = Both("Español", "English")
    steps: Both = Both("Step {step} of {steps}", "Paso {step} de {steps}")
    go_on: Both = Both("Continue", "Continuar")
    back: Both = Both("Back", "Atrás")
    change: Both = Both("Change", "Cambiar")
    wrong: Both = Both("Please look at this again", "Revise esto, por favor")
    is_this_right: Both = Both("Is this right?", "¿Está bien así?")
    is_this_right_more: Both = Both(
        "If it is, just go on. If not, change it first.",
        "Si está bien, siga adelante. Si no, cámbielo antes.",
    )
    kept: Both = Both(
        "We keep what you type for 30 minutes, so that you can go back. Then it is deleted.",
        "Guardamos lo que escribe por 30 minutos, para que pueda volver. Luego se borra.",
    )
    privacy: Both = Both("How we protect your privacy", "Cómo protegemos su privacidad")
    ends_soon: Both = Both(
        "What you typed will be deleted in about five minutes.", "Lo que escribió se borrará en unos cinco minutos."
    )
    keep: Both = Both("Keep it for 30 minutes more", "Guardarlo 30 minutos más")
    start_again: Both = Both("Start again", "Empezar de nuevo")
    expired_title: Both = Both("This form was deleted", "Este formulario se borró")
    expired: Both = Both(
        "To keep you safe, we delete a form that was not used for 30 minutes. Nothing was sent.",
        "Para protegerle, borramos un formulario que no se usó por 30 minutos. No se envió nada.",
    )


class PayerTexts(NamedTuple):
    """The first screen: which insurance."""

    heading: Both = Both("Which insurance do you have?", "¿Qué seguro tiene?")
    lead: Both = Both(
        "Three short screens, about two minutes. It is free, and you promise nothing.",
        "Tres pantallas cortas, unos dos minutos. Es gratis y no le compromete a nada.",
    )
    legend: Both = Both("Choose the name on your card", "Elija el nombre que está en su tarjeta")
    search: Both = Both("Or type what your card says", "O escriba lo que dice su tarjeta")
    search_hint: Both = Both("For example UHC, Evernorth or Blue Cross", "Por ejemplo UHC, Evernorth o Blue Cross")
    unlisted: Both = Both("I don't see mine", "No veo el mío")
    unlisted_more: Both = Both("A person will look it up for you.", "Una persona lo buscará por usted.")
    no_card: Both = Both("I don't have my card", "No tengo mi tarjeta")
    no_card_more: Both = Both("Go on without it. A person will help you.", "Siga sin ella. Una persona le ayudará.")
    uninsured: Both = Both("I have no insurance", "No tengo seguro")
    uninsured_more: Both = Both("We talk about other ways to pay.", "Hablamos de otras formas de pagar.")
    missing: Both = Both("Choose your insurance, or type its name", "Elija su seguro, o escriba su nombre")
    did_you_mean: Both = Both("Do you mean one of these?", "¿Es uno de estos?")
    did_you_mean_more: Both = Both(
        "“{typed}” can be more than one company, or runs part of a plan. Choose the name that is on your card.",
        "“{typed}” puede ser más de una empresa, o lleva una parte del plan. Elija el nombre que está en su tarjeta.",
    )
    no_match: Both = Both("We can't ask “{typed}” online", "No podemos consultar a “{typed}” en línea")
    no_match_more: Both = Both(
        "You can go on all the same: a person will look it up. Or choose another name.",
        "Puede seguir de todos modos: una persona lo buscará. O elija otro nombre.",
    )


class CardTexts(NamedTuple):
    """The second screen: what is printed on the card."""

    heading: Both = Both("Your details, as on your card", "Sus datos, como en su tarjeta")
    insurance: Both = Both("Your insurance:", "Su seguro:")
    drawing: Both = Both(
        "Drawing of a card: the name stands on top, and the member ID below it, with letters and numbers.",
        "Dibujo de una tarjeta: arriba está el nombre y debajo el número de miembro, con letras y números.",
    )
    drawing_caption: Both = Both(
        "Cards differ. The number is often on the front, and called Member ID or ID.",
        "Las tarjetas varían. El número suele estar al frente y se llama Member ID o ID.",
    )
    first_name: Both = Both("First name", "Nombre")
    last_name: Both = Both("Last name", "Apellido o apellidos")
    name_hint: Both = Both("Exactly as it is on the card", "Tal como está en la tarjeta")
    birth_date: Both = Both("Date of birth", "Fecha de nacimiento")
    birth_hint: Both = Both("For example 4 12 1990, or April 12 1990", "Por ejemplo 4 12 1990, o abril 12 1990")
    month: Both = Both("Month", "Mes")
    day: Both = Both("Day", "Día")
    year: Both = Both("Year", "Año")
    member_id: Both = Both("Member ID", "Número de miembro (Member ID)")
    member_id_hint: Both = Both(
        "For example {example}. Spaces and dashes do not matter.",
        "Por ejemplo {example}. Los espacios y guiones no importan.",
    )
    member_id_plain_hint: Both = Both("Spaces and dashes do not matter.", "Los espacios y guiones no importan.")
    group_number: Both = Both("Group number", "Número de grupo")
    is_subscriber: Both = Both("Are you the main person on the plan?", "¿Es usted la persona principal del plan?")
    is_subscriber_hint: Both = Both(
        "It is the person whose job or payment the plan comes from.",
        "Es la persona por cuyo trabajo o pago se tiene el plan.",
    )
    yes: Both = Both("Yes", "Sí")
    no: Both = Both("No, it is a parent, a spouse or somebody else", "No, es mi padre, madre, pareja u otra persona")
    unsure: Both = Both("I am not sure", "No estoy seguro")
    subscriber: Both = Both("The main person on the plan", "La persona principal del plan")
    subscriber_hint: Both = Both(
        "If you don't know it all, choose “I am not sure” above.", "Si no lo sabe todo, elija arriba “No estoy seguro”."
    )
    relationship: Both = Both("You are their", "Usted es su")
    spouse: Both = Both("husband, wife or partner", "esposo, esposa o pareja")
    child: Both = Both("child", "hijo o hija")
    other: Both = Both("other", "otro")


class ContactTexts(NamedTuple):
    """The third screen: how the visitor is reached, and whether the insurer may be asked."""

    heading: Both = Both("How can we reach you?", "¿Cómo podemos comunicarnos con usted?")
    lead: Both = Both(
        "Give us a phone number or an e-mail. You don't need both.",
        "Denos un teléfono o un correo electrónico. No hacen falta los dos.",
    )
    uninsured_lead: Both = Both(
        "A person will call you about other ways to pay, such as a payment plan.",
        "Una persona le llamará para hablar de otras formas de pagar, como un plan de pagos.",
    )
    person_lead: Both = Both(
        "A person will look up your plan and call you.", "Una persona buscará su plan y le llamará."
    )
    name: Both = Both("Your name", "Su nombre")
    phone: Both = Both("Phone", "Teléfono")
    email: Both = Both("E-mail", "Correo electrónico")
    may_leave_message: Both = Both("It is safe to leave a message", "Es seguro dejar un mensaje")
    may_text: Both = Both("You may also text me", "También pueden enviarme mensajes de texto")
    may_text_hint: Both = Both(
        "You don't have to agree, and you can stop at any time.",
        "No tiene que aceptar, y puede parar en cualquier momento.",
    )
    extras: Both = Both("If we call you", "Si le llamamos")
    best_time: Both = Both("Best time", "Mejor hora")
    any_time: Both = Both("Any time", "Cualquier hora")
    morning: Both = Both("Morning", "Mañana")
    afternoon: Both = Both("Afternoon", "Tarde")
    evening: Both = Both("Evening", "Noche")
    consent: Both = Both("May we ask your insurer?", "¿Podemos consultar a su seguro?")
    agree: Both = Both("I agree: ask my insurer", "Acepto: consulten a mi seguro")
    decline: Both = Both("Don't ask. Just call me", "No consulten. Solo llámenme")
    send: Both = Both("Send", "Enviar")
    text_changed: Both = Both(
        "The text above has changed. Please read it again, then press one of the two buttons",
        "El texto de arriba cambió. Léalo de nuevo y pulse uno de los dos botones",
    )
    press_one: Both = Both(
        "Press one of the two buttons: ask my insurer, or just call me",
        "Pulse uno de los dos botones: consultar a mi seguro, o solo llamarme",
    )


class ErrorTexts(NamedTuple):
    """What is said of an input that is missing or can't be read."""

    first_name: Both = Both("Type the first name, in the letters on the card", "Escriba el nombre como en la tarjeta")
    last_name: Both = Both("Type the last name, in the letters on the card", "Escriba el apellido como en la tarjeta")
    birth_date: Both = Both(
        "Type the date of birth: month, day and year, for example 4 12 1990",
        "Escriba la fecha de nacimiento: mes, día y año, por ejemplo 4 12 1990",
    )
    member_id: Both = Both(
        "Type the member ID: the letters and numbers on the card",
        "Escriba el número de miembro: las letras y números de la tarjeta",
    )
    group_number: Both = Both("Type the group number on the card", "Escriba el número de grupo de la tarjeta")
    is_subscriber: Both = Both("Choose yes, no or not sure", "Elija sí, no o no estoy seguro")
    subscriber_first_name: Both = Both(
        "Type the main person's first name. Or choose “I am not sure”.",
        "Escriba el nombre de la persona principal. O elija “No estoy seguro”.",
    )
    subscriber_last_name: Both = Both(
        "Type the main person's last name. Or choose “I am not sure”.",
        "Escriba el apellido de la persona principal. O elija “No estoy seguro”.",
    )
    subscriber_birth_date: Both = Both(
        "Type the main person's date of birth. Or choose “I am not sure”.",
        "Escriba la fecha de nacimiento de la persona principal. O elija “No estoy seguro”.",
    )
    name: Both = Both("Tell us what to call you", "Díganos cómo se llama")
    contact: Both = Both("Give us a phone number or an e-mail", "Denos un teléfono o un correo electrónico")
    phone: Both = Both(
        "Type the phone number with its area code, for example 305 555 0100",
        "Escriba el teléfono con su código de área, por ejemplo 305 555 0100",
    )
    email: Both = Both(
        "Type the whole e-mail, with its @ sign",
        "Escriba el correo completo, con su signo @",
    )


class DoubtTexts(NamedTuple):
    """What is asked once about an input that looks unusual. The visitor may go on with it as it is."""

    date_read_as: Both = Both("We read this date as {date}", "Leímos esta fecha como {date}")
    id_looks_unusual: Both = Both(
        "Member IDs of {payer} often look like {example}. Is yours different, or an O for a 0?",
        "Los números de miembro de {payer} suelen ser como {example}. ¿El suyo es distinto, o hay una O por un 0?",
    )
    name_holds_a_number: Both = Both("There is a number in this name", "Hay un número en este nombre")
    phone_is_unusual: Both = Both("US phone numbers rarely start like this", "Pocos teléfonos de EE. UU. empiezan así")
    email_is_unusual: Both = Both("Look at the part after the @ once more", "Mire otra vez la parte después de la @")


class OutcomeTexts(NamedTuple):
    """The last screens: still asking, and what came of it."""

    asking: Both = Both("We are asking your insurer", "Estamos consultando a su seguro")
    asking_more: Both = Both(
        "Most answers come within {seconds} seconds. You can close this page: we will reach you by {time}.",
        "Casi siempre responden en {seconds} segundos. Puede cerrar esta página: le contactaremos antes de {time}.",
    )
    looks_good: Both = Both("This looks good", "Esto se ve bien")
    lets_talk: Both = Both("Let's talk about your plan", "Hablemos de su plan")
    lets_talk_more: Both = Both(
        "We could not confirm it all online. This is common, and it says nothing about what your plan pays.",
        "No pudimos confirmarlo todo en línea. Es común, y no dice nada de lo que paga su plan.",
    )
    person_will_check: Both = Both("A person will check this for you", "Una persona revisará esto por usted")
    person_will_check_more: Both = Both(
        "You are all set. We look at it with care and reach you by {time}.",
        "Ya está todo. Lo revisamos con cuidado y le contactaremos antes de {time}.",
    )
    receipt: Both = Both("We have your question", "Recibimos su pregunta")
    receipt_more: Both = Both(
        "A person will look at it and reach you by {time}. You can close this page.",
        "Una persona la revisará y le contactará antes de {time}. Puede cerrar esta página.",
    )
    next: Both = Both("What happens next", "Qué pasa ahora")
    next_insurer: Both = Both("Your insurer answers us.", "Su seguro nos responde.")
    next_reads: Both = Both("A person here looks at what you sent.", "Una persona de aquí mira lo que envió.")
    next_contact: Both = Both("We reach you by {time}.", "Le contactamos antes de {time}.")
    next_talk: Both = Both(
        "You ask what you want to know. You decide what comes next.",
        "Usted pregunta lo que quiera saber. Usted decide qué sigue.",
    )
    call_now: Both = Both("Call us now", "Llámenos ahora")
    code: Both = Both("Your reference", "Su referencia")
    code_more: Both = Both(
        "Say this code when you call. It holds nothing about you.",
        "Diga este código cuando llame. No contiene nada sobre usted.",
    )
    no_promise: Both = Both(
        "This is not a promise that your plan will pay. Your insurer decides when it gets the bill.",
        "Esto no es una promesa de pago. Su seguro decide cuando recibe la cuenta.",
    )
    programs: Both = Both("What your plan shows", "Lo que muestra su plan")
    each_program: Both = Both("Each program", "Cada programa")
    check_again: Both = Both(
        "Was something mistyped? You can look at your card and start again.",
        "¿Se equivocó al escribir? Puede mirar su tarjeta y empezar de nuevo.",
    )


COMMON = CommonTexts()
PAYER = PayerTexts()
CARD = CardTexts()
CONTACT = ContactTexts()
ERROR = ErrorTexts()
DOUBT = DoubtTexts()
OUTCOME = OutcomeTexts()
