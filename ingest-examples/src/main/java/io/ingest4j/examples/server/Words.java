package io.ingest4j.examples.server;

/** What customers are made of: several scripts, commas, quotes, line ends, backslashes and tabs. */
final class Words {

    static final Word[] FIRST_NAMES =
            Word.all(
                    "Ada", "Björn", "Chloé", "Dmitri", "Elena", "Fatima", "Göran", "Hanna", "İpek",
                    "José", "Kofi", "Łukasz", "María", "Nadia", "Øyvind", "Priya", "Quentin",
                    "Renée", "Søren", "Tomáš", "Uma", "Věra", "Wanjiru", "Xin", "Yusuf", "Zoë",
                    "美咲", "Ольга", "Νίκος", "𠮷彦");

    static final Word[] FIRST_MAILBOXES =
            Word.all(
                    "ada",
                    "bjorn",
                    "chloe",
                    "dmitri",
                    "elena",
                    "fatima",
                    "goran",
                    "hanna",
                    "ipek",
                    "jose",
                    "kofi",
                    "lukasz",
                    "maria",
                    "nadia",
                    "oyvind",
                    "priya",
                    "quentin",
                    "renee",
                    "soren",
                    "tomas",
                    "uma",
                    "vera",
                    "wanjiru",
                    "xin",
                    "yusuf",
                    "zoe",
                    "misaki",
                    "olga",
                    "nikos",
                    "yoshihiko");

    static final Word[] LAST_NAMES =
            Word.all(
                    "Andersson",
                    "Brown",
                    "Çelik",
                    "Dvořák",
                    "Evans",
                    "Fernández",
                    "García",
                    "Hansen",
                    "Ito",
                    "Jansen",
                    "Kowalski",
                    "Lovelace",
                    "Müller",
                    "Nguyễn",
                    "O'Brien",
                    "Petrov",
                    "Quist",
                    "Rossi",
                    "Smith",
                    "Tanaka",
                    "Ueda",
                    "Virtanen",
                    "Weiß",
                    "Xu",
                    "Yılmaz",
                    "Żukowski");

    static final Word[] LAST_MAILBOXES =
            Word.all(
                    "andersson",
                    "brown",
                    "celik",
                    "dvorak",
                    "evans",
                    "fernandez",
                    "garcia",
                    "hansen",
                    "ito",
                    "jansen",
                    "kowalski",
                    "lovelace",
                    "mueller",
                    "nguyen",
                    "obrien",
                    "petrov",
                    "quist",
                    "rossi",
                    "smith",
                    "tanaka",
                    "ueda",
                    "virtanen",
                    "weiss",
                    "xu",
                    "yilmaz",
                    "zukowski");

    static final Word[] MAIL_DOMAINS =
            Word.all("@example.com", "@example.org", "@mail.example.net");

    static final Word[] STREETS =
            Word.all(
                    " High St",
                    " Main St",
                    " Rue de l'Église",
                    " Königsallee",
                    " Park Ave",
                    " Via Roma",
                    " Elm Rd",
                    " Calle Mayor",
                    " Storgatan",
                    " Broadway",
                    " ул. Ленина",
                    " Mill Lane");

    static final Word FLAT = Word.of(", Apt ");
    static final Word FLOOR = Word.of("\nFloor ");

    static final Word[] CITIES =
            Word.all(
                    "London",
                    "São Paulo",
                    "Kraków",
                    "Zürich",
                    "東京",
                    "Αθήνα",
                    "Москва",
                    "Málaga",
                    "Reykjavík",
                    "Nairobi",
                    "Berlin",
                    "Oslo",
                    "Paris",
                    "Lagos",
                    "Toronto",
                    "Washington, D.C.");

    /** Most customers have none. */
    static final Word[] NOTES =
            Word.all(
                    "",
                    "",
                    "",
                    "",
                    "",
                    "",
                    "",
                    "",
                    "VIP",
                    "pays late",
                    "call first",
                    "prefers mail",
                    "said \"call back\"",
                    "paid 👍, thanks",
                    "see\nfile",
                    "C:\\new\ttab",
                    "\"\"",
                    "line 1\r\nline 2");

    static final Word[] NUMBERS = Word.numbers(5_000);

    private Words() {}
}
