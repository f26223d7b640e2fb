#include "emulator/sample_words.h"

namespace pinflow::emulator::words {
namespace {

using namespace std::string_view_literals;

constexpr std::array all_first_names{
    "Abigail"sv,     "Dylan"sv,     "Rachel"sv,    "Charles"sv,   "Andrea"sv,   "Brittany"sv, "Michelle"sv,
    "Thomas"sv,      "Anne"sv,      "Amanda"sv,    "Brian"sv,     "Corey"sv,    "Robert"sv,   "Cheryl"sv,
    "Emily"sv,       "Christian"sv, "David"sv,     "Brendan"sv,   "Aaron"sv,    "Adam"sv,     "Adrian"sv,
    "Alan"sv,        "Albert"sv,    "Alexander"sv, "Alicia"sv,    "Allison"sv,  "Amber"sv,    "Amy"sv,
    "Andrew"sv,      "Angela"sv,    "Anna"sv,      "Anthony"sv,   "April"sv,    "Ashley"sv,   "Austin"sv,
    "Barbara"sv,     "Benjamin"sv,  "Beth"sv,      "Brandon"sv,   "Brenda"sv,   "Caitlin"sv,  "Carla"sv,
    "Carlos"sv,      "Carol"sv,     "Caroline"sv,  "Catherine"sv, "Chad"sv,     "Chelsea"sv,  "Christina"sv,
    "Christopher"sv, "Cindy"sv,     "Claudia"sv,   "Connor"sv,    "Courtney"sv, "Crystal"sv,  "Cynthia"sv,
    "Daniel"sv,      "Danielle"sv,  "Debra"sv,     "Denise"sv,    "Derek"sv,    "Diana"sv,    "Donald"sv,
    "Donna"sv,       "Edward"sv,    "Elizabeth"sv, "Eric"sv,      "Erica"sv,    "Erin"sv,     "Ethan"sv,
    "Evan"sv,        "Frank"sv,     "Gabriel"sv,   "Gary"sv,      "George"sv,   "Gregory"sv,  "Haley"sv,
    "Hannah"sv,      "Heather"sv,   "Holly"sv,     "Ian"sv,       "Jack"sv,     "Jacob"sv,    "James"sv,
    "Jamie"sv,       "Janet"sv,     "Jasmine"sv,   "Jason"sv,     "Jeffrey"sv,  "Jennifer"sv, "Jeremy"sv,
    "Jessica"sv,     "Jill"sv,      "Joanna"sv,    "Joel"sv,      "John"sv,     "Jonathan"sv, "Jordan"sv,
    "José"sv,        "Joseph"sv,    "Joshua"sv,    "Juan"sv,      "Judy"sv,     "Julia"sv,    "Justin"sv,
    "Karen"sv,       "Katherine"sv, "Kathleen"sv,  "Keith"sv,     "Kelly"sv,    "Kenneth"sv,  "Kevin"sv,
    "Kimberly"sv,    "Kristen"sv,   "Kyle"sv,      "Laura"sv,     "Lauren"sv,   "Leslie"sv,   "Linda"sv,
    "Lisa"sv,        "Logan"sv,     "Lori"sv,      "Lucas"sv,     "Madison"sv,  "Marcus"sv,   "Maria"sv,
    "Mark"sv,        "Mary"sv,      "Matthew"sv,   "Megan"sv,     "Melissa"sv,  "Michael"sv,  "Miguel"sv,
    "Molly"sv,       "Monica"sv,    "Morgan"sv,    "Nancy"sv,     "Natalie"sv,  "Nathan"sv,   "Nicholas"sv,
    "Nicole"sv,      "Olivia"sv,    "Pamela"sv,    "Patricia"sv,  "Patrick"sv,  "Paul"sv,     "Peter"sv,
    "Phillip"sv,     "Rebecca"sv,   "Renée"sv,     "Richard"sv,   "Riley"sv,    "Robin"sv,    "Ronald"sv,
    "Ruth"sv,        "Ryan"sv,      "Sabrina"sv,   "Samantha"sv,  "Samuel"sv,   "Sandra"sv,   "Sara"sv,
    "Scott"sv,       "Sean"sv,      "Shannon"sv,   "Sharon"sv,    "Shelby"sv,   "Sherry"sv,   "Sofía"sv,
    "Stephanie"sv,   "Stephen"sv,   "Steven"sv,    "Susan"sv,     "Tamara"sv,   "Tammy"sv,    "Tara"sv,
    "Taylor"sv,      "Teresa"sv,    "Theresa"sv,   "Tiffany"sv,   "Timothy"sv,  "Tina"sv,     "Tracy"sv,
    "Tyler"sv,       "Valerie"sv,   "Vanessa"sv,   "Veronica"sv,  "Victor"sv,   "Victoria"sv, "Vincent"sv,
    "Wendy"sv,       "Whitney"sv,   "William"sv,   "Yolanda"sv,   "Yvonne"sv,   "Zachary"sv};
constexpr std::array all_last_names{
    "Ali"sv,      "Holmes"sv,     "Davis"sv,     "Berry"sv,      "Alexander"sv, "Jones"sv,     "Prince"sv,
    "Turner"sv,   "Allen"sv,      "Ball"sv,      "Nelson"sv,     "Andrews"sv,   "Murphy"sv,    "Huerta"sv,
    "Hawkins"sv,  "Lang"sv,       "Griffith"sv,  "Joseph"sv,     "Adams"sv,     "Aguilar"sv,   "Alvarez"sv,
    "Anderson"sv, "Armstrong"sv,  "Arnold"sv,    "Bailey"sv,     "Baker"sv,     "Barnes"sv,    "Becker"sv,
    "Bell"sv,     "Bennett"sv,    "Black"sv,     "Boyd"sv,       "Bradley"sv,   "Brooks"sv,    "Brown"sv,
    "Bryant"sv,   "Burke"sv,      "Burns"sv,     "Butler"sv,     "Campbell"sv,  "Carlson"sv,   "Carpenter"sv,
    "Carr"sv,     "Carroll"sv,    "Carter"sv,    "Castillo"sv,   "Castro"sv,    "Chapman"sv,   "Chavez"sv,
    "Chen"sv,     "Clark"sv,      "Cole"sv,      "Coleman"sv,    "Collins"sv,   "Cook"sv,      "Cooper"sv,
    "Cox"sv,      "Craig"sv,      "Cruz"sv,      "Cunningham"sv, "Daniels"sv,   "Dawson"sv,    "Day"sv,
    "Dean"sv,     "Diaz"sv,       "Dixon"sv,     "Duncan"sv,     "Edwards"sv,   "Elliott"sv,   "Ellis"sv,
    "Evans"sv,    "Ferguson"sv,   "Fisher"sv,    "Fleming"sv,    "Fletcher"sv,  "Flores"sv,    "Ford"sv,
    "Foster"sv,   "Fox"sv,        "Freeman"sv,   "Garcia"sv,     "Gardner"sv,   "Gibson"sv,    "Gomez"sv,
    "Gonzalez"sv, "Gordon"sv,     "Graham"sv,    "Grant"sv,      "Gray"sv,      "Green"sv,     "Greene"sv,
    "Griffin"sv,  "Hall"sv,       "Hamilton"sv,  "Hansen"sv,     "Harper"sv,    "Harris"sv,    "Harrison"sv,
    "Hart"sv,     "Hayes"sv,      "Henderson"sv, "Hernandez"sv,  "Hicks"sv,     "Hill"sv,      "Howard"sv,
    "Hudson"sv,   "Hughes"sv,     "Hunter"sv,    "Jackson"sv,    "Jacobs"sv,    "James"sv,     "Jenkins"sv,
    "Jensen"sv,   "Jimenez"sv,    "Johnson"sv,   "Johnston"sv,   "Jordan"sv,    "Kelly"sv,     "Kennedy"sv,
    "Kim"sv,      "King"sv,       "Knight"sv,    "Lambert"sv,    "Lawson"sv,    "Lee"sv,       "Lewis"sv,
    "Li"sv,       "Lin"sv,        "Lopez"sv,     "Lynch"sv,      "Marshall"sv,  "Martin"sv,    "Martinez"sv,
    "Mason"sv,    "McCarthy"sv,   "McDonald"sv,  "Medina"sv,     "Mendoza"sv,   "Meyer"sv,     "Miller"sv,
    "Mitchell"sv, "Montgomery"sv, "Moore"sv,     "Morales"sv,    "Moreno"sv,    "Morgan"sv,    "Morris"sv,
    "Munoz"sv,    "Murray"sv,     "Myers"sv,     "Newman"sv,     "Nguyen"sv,    "Nichols"sv,   "O'Brien"sv,
    "O'Connor"sv, "Oliver"sv,     "Olson"sv,     "Ortiz"sv,      "Owens"sv,     "Palmer"sv,    "Park"sv,
    "Parker"sv,   "Patel"sv,      "Patterson"sv, "Payne"sv,      "Perez"sv,     "Perkins"sv,   "Perry"sv,
    "Peterson"sv, "Phillips"sv,   "Pierce"sv,    "Porter"sv,     "Powell"sv,    "Price"sv,     "Ramirez"sv,
    "Ramos"sv,    "Reed"sv,       "Reyes"sv,     "Reynolds"sv,   "Rice"sv,      "Richards"sv,  "Richardson"sv,
    "Riley"sv,    "Rivera"sv,     "Roberts"sv,   "Robertson"sv,  "Robinson"sv,  "Rodriguez"sv, "Rogers"sv,
    "Romero"sv,   "Rose"sv,       "Ross"sv,      "Ruiz"sv,       "Russell"sv,   "Ryan"sv,      "Salazar"sv,
    "Sanchez"sv,  "Sanders"sv,    "Santos"sv,    "Schmidt"sv,    "Schneider"sv, "Scott"sv,     "Shaw"sv,
    "Silva"sv,    "Simmons"sv,    "Simpson"sv,   "Singh"sv,      "Smith"sv,     "Snyder"sv,    "Soto"sv,
    "Spencer"sv,  "Stephens"sv,   "Stevens"sv,   "Stewart"sv,    "Stone"sv,     "Sullivan"sv,  "Taylor"sv,
    "Thomas"sv,   "Thompson"sv,   "Torres"sv,    "Tran"sv,       "Tucker"sv,    "Valdez"sv,    "Vargas"sv,
    "Vasquez"sv,  "Wagner"sv,     "Walker"sv,    "Wallace"sv,    "Walsh"sv,     "Walters"sv,   "Ward"sv,
    "Warren"sv,   "Washington"sv, "Watson"sv,    "Weaver"sv,     "Webb"sv,      "Weber"sv,     "Webster"sv,
    "Welch"sv,    "Wells"sv,      "West"sv,      "Wheeler"sv,    "White"sv,     "Williams"sv,  "Wilson"sv,
    "Wong"sv,     "Wood"sv,       "Wright"sv,    "Wu"sv,         "Yang"sv,      "Young"sv,     "Zimmerman"sv};

}  // namespace

Words first_names() {
    return all_first_names;
}
Words last_names() {
    return all_last_names;
}

}  // namespace pinflow::emulator::words
