#include "emulator/sample_words.h"

namespace pinflow::emulator::words {
namespace {

using namespace std::string_view_literals;

constexpr std::array art_nouns{"Acrylic Paintings"sv, "Watercolor Sketches"sv, "Pencil Drawings"sv,
                               "Abstract Canvases"sv, "Digital Portraits"sv,   "Street Murals"sv};
constexpr std::array art_tags{"Art Drawings"sv, "Art Inspo"sv,    "Canvas Art"sv,   "Painting Ideas"sv,
                              "Art Sketches"sv, "Abstract Art"sv, "Drawing Tips"sv, "Aesthetic Art"sv};
constexpr std::array beauty_nouns{"Makeup Looks"sv,   "Nail Designs"sv, "Skincare Routines"sv,
                                  "Hair Tutorials"sv, "Lip Tints"sv,    "Brow Tricks"sv};
constexpr std::array beauty_tags{"Makeup Tips"sv, "Beauty Hacks"sv,   "Skin Care"sv,  "Hair Styles"sv,
                                 "Nail Art"sv,    "Natural Beauty"sv, "Eye Makeup"sv, "Beauty Products"sv};
constexpr std::array christmas_nouns{"Christmas Ornaments"sv, "Holiday Cookies"sv,  "Christmas Trees"sv,
                                     "Gift Wraps"sv,          "Advent Calendars"sv, "Holiday Mantles"sv};
constexpr std::array christmas_tags{"Christmas Decor"sv,  "Diy Christmas Gifts"sv, "Xmas Crafts"sv,
                                    "Holiday Decor"sv,    "Christmas Time"sv,      "Noel Christmas"sv,
                                    "Winter Christmas"sv, "Christmas Cookies"sv};
constexpr std::array craft_nouns{"Summer Crafts"sv,        "Resin Projects"sv,  "Paper Flowers"sv,
                                 "Popsicle Stick Ideas"sv, "Sewing Patterns"sv, "Slime Recipes"sv};
constexpr std::array craft_tags{"Crafts For Kids"sv, "Diy Crafts"sv,  "Paper Crafts"sv,    "Toddler Crafts"sv,
                                "Craft Ideas"sv,     "Easy Crafts"sv, "Sewing Projects"sv, "Preschool Crafts"sv};
constexpr std::array education_nouns{"Classroom Rules"sv,     "Math Games"sv,   "Reading Strategies"sv,
                                     "Science Experiments"sv, "Lesson Plans"sv, "Sight Words"sv};
constexpr std::array education_tags{"Teaching Ideas"sv,    "Classroom Management"sv, "Elementary School"sv,
                                    "Kindergarten Math"sv, "Homeschool Help"sv,      "Learning Activities"sv,
                                    "Middle School"sv,     "Teacher Tips"sv};
constexpr std::array event_nouns{"Wedding Tables"sv, "Birthday Themes"sv,  "Baby Showers"sv,
                                 "Party Favors"sv,   "Event Checklists"sv, "Bridal Bouquets"sv};
constexpr std::array event_tags{"Event Planning"sv, "Party Decorations"sv, "Wedding Inspiration"sv, "Birthday Ideas"sv,
                                "Event Design"sv,   "Planning Tips"sv,     "Bridal Shower"sv,       "Table Settings"sv};
constexpr std::array finance_nouns{"Budget Planners"sv,   "Saving Challenges"sv, "Side Hustles"sv,
                                   "Debt Payoff Plans"sv, "Coupon Binders"sv,    "Money Habits"sv};
constexpr std::array finance_tags{"Money Saving Tips"sv, "Budgeting Finances"sv, "Financial Tips"sv,
                                  "Personal Finance"sv,  "Make Money Online"sv,  "Dave Ramsey"sv,
                                  "Saving Money"sv,      "Financial Freedom"sv};
constexpr std::array home_nouns{"Living Room Ideas"sv, "Farmhouse Kitchens"sv, "Small Bathrooms"sv,
                                "Gallery Walls"sv,     "Fall Porches"sv,       "Cozy Bedrooms"sv};
constexpr std::array home_tags{"Home Decor"sv,   "Living Room Decor"sv, "Farmhouse Style"sv, "Room Inspiration"sv,
                               "House Design"sv, "Diy Home Decor"sv,    "Home Interior"sv,   "Modern House"sv};
constexpr std::array mens_nouns{"Casual Outfits"sv, "Denim Jackets"sv, "Street Styles"sv,
                                "Summer Suits"sv,   "Leather Boots"sv, "Capsule Wardrobes"sv};
constexpr std::array mens_tags{"Mens Fashion"sv,      "Mens Outfits"sv, "Mens Casual"sv,   "Man Style"sv,
                               "Mens Fashion Blog"sv, "Street Wear"sv,  "Mens Clothing"sv, "Gentleman Style"sv};
constexpr std::array quote_nouns{"Love Quotes"sv, "Short Sayings"sv, "Life Lessons"sv,
                                 "Funny Memes"sv, "Monday Mottos"sv, "Bible Verses"sv};
constexpr std::array quote_tags{"Inspirational Quotes"sv, "Words Quotes"sv, "Wise Words"sv,   "Quotes To Live By"sv,
                                "Motivational Quotes"sv,  "Life Quotes"sv,  "Great Quotes"sv, "Quotable Quotes"sv};
constexpr std::array tattoo_nouns{"Koi Tattoos"sv,   "Minimalist Tattoos"sv, "Sleeve Designs"sv,
                                  "Wrist Tattoos"sv, "Flower Tattoos"sv,     "Script Fonts"sv};
constexpr std::array tattoo_tags{"Tattoo Designs"sv, "Small Tattoos"sv,  "Body Art Tattoos"sv, "Tattoos For Women"sv,
                                 "Dope Tattoos"sv,   "Wörter Tattoos"sv, "Finger Tattoos"sv,   "Tattoo Ideas"sv};
constexpr std::array travel_nouns{"Road Trips"sv,    "Hidden Beaches"sv, "City Guides"sv,
                                  "Packing Lists"sv, "National Parks"sv, "Island Getaways"sv};
constexpr std::array travel_tags{"Travel Tips"sv,    "Places To Travel"sv,   "Travel Destinations"sv,
                                 "Vacation Spots"sv, "Travel Photography"sv, "Bucket Lists"sv,
                                 "Solo Travel"sv,    "Travel Guide"sv};
constexpr std::array vehicle_nouns{"Classic Cars"sv,        "Muscle Cars"sv,   "Custom Trucks"sv,
                                   "Vintage Motorcycles"sv, "Sports Coupes"sv, "Camper Vans"sv};
constexpr std::array vehicle_tags{"Dream Cars"sv,      "Retro Cars"sv,  "Sport Cars"sv,  "Custom Cars"sv,
                                  "Old School Cars"sv, "Luxury Cars"sv, "Cool Trucks"sv, "Vintage Cars"sv};

constexpr std::array all_categories{Category{"art", art_nouns, art_tags},
                                    Category{"beauty", beauty_nouns, beauty_tags},
                                    Category{"christmas", christmas_nouns, christmas_tags},
                                    Category{"diy-and-crafts", craft_nouns, craft_tags},
                                    Category{"education", education_nouns, education_tags},
                                    Category{"event-planning", event_nouns, event_tags},
                                    Category{"finance", finance_nouns, finance_tags},
                                    Category{"home-decor", home_nouns, home_tags},
                                    Category{"mens-fashion", mens_nouns, mens_tags},
                                    Category{"quotes", quote_nouns, quote_tags},
                                    Category{"tattoos", tattoo_nouns, tattoo_tags},
                                    Category{"travel", travel_nouns, travel_tags},
                                    Category{"vehicles", vehicle_nouns, vehicle_tags}};

constexpr std::array title_openings{"Best"sv,
                                    "Easy"sv,
                                    "Gorgeous"sv,
                                    "Super Fun"sv,
                                    "Simple"sv,
                                    "Stunning"sv,
                                    "Budget Friendly"sv,
                                    "Unique"sv,
                                    "Cute & Creative"sv,
                                    "Inspiring"sv,
                                    "Must-Try"sv,
                                    "Classic"sv,
                                    "“Perfect”"sv,
                                    "\"Before & After\""sv,
                                    "Vintage"sv,
                                    "Grandma’s"sv,
                                    "DIY"sv,
                                    "Last-Minute"sv,
                                    "Beautiful"sv,
                                    "Quick"sv,
                                    "The Cutest"sv,
                                    "Timeless"sv,
                                    "Modern"sv};
constexpr std::array title_endings{""sv,
                                   ""sv,
                                   ""sv,
                                   " You'll Love"sv,
                                   " For Beginners"sv,
                                   " That Won’t Break The Bank"sv,
                                   " For Your Home"sv,
                                   " to Try This Year"sv,
                                   " (Step by Step)"sv,
                                   " | Free Printable"sv,
                                   " - A Complete Guide"sv,
                                   " ✨"sv,
                                   " for 2021"sv,
                                   ", and How To Start"sv,
                                   " – Tips & Tricks"sv,
                                   " 🎄🎁"sv,
                                   " Your Kids Will Adore"sv,
                                   " #inspiration"sv,
                                   " in 15 Minutes!"sv};
constexpr std::array description_sentences{
    "Looking for %n? These ideas are simple, affordable and so much fun to make."sv,
    "We have collected our favorite %n in one place, with photos and instructions."sv,
    "Check out the full tutorial on the blog."sv,
    "Save this pin for later!"sv,
    "Keep everyone busy with this list of %n, perfect for a rainy afternoon."sv,
    "I can't wait to show you how easy it is to get started with %n on a tiny budget."sv,
    "Follow for more %n every day."sv,
    "Great for families, couples & friends."sv,
    "Here are the best tips on %n from people who have done it for years."sv,
    "Learn what you need, what it costs and where to buy it."sv,
    "#%n #ideas #inspo #love"sv,
    "From bold colors to soft neutrals, there is something here for everyone who loves %n."sv,
    "Available in 3 shades, 5 sizes and 12 colors."sv,
    "Don’t miss number seven on this list, it’s a game changer!"sv,
    "This post may contain affiliate links."sv,
    "Shop %n designed and sold by independent artists."sv,
    "It took us two weekends and less than $50 to finish, including paint, tools and a lot of coffee."sv,
    "Whether you are a beginner or an expert, %n are always a good idea."sv,
    "Find images and videos about %n on our site: the place to get lost in what you love."sv,
    "Read more about how we planned, built and styled it all."sv};
constexpr std::array poster_brands{"Of Life & Lisa | Lifestyle Blog"sv,
                                   "TheTrendSpotter"sv,
                                   "Mixed Media Crafts"sv,
                                   "Living Low Key | Save Money, Make Money"sv,
                                   "The Crafting Chicks"sv,
                                   "Craft Gossip"sv,
                                   "HGTV Fans"sv,
                                   "Etsy Finds"sv,
                                   "Women's Style Guide"sv,
                                   "Good Home Magazine"sv,
                                   "Travel + Wander"sv,
                                   "We Are Teachers"sv,
                                   "Cars & Coffee"sv,
                                   "Tasteful Space"sv,
                                   "Budget Babes"sv,
                                   "Ink Daily"sv,
                                   "A Cozy Place"sv,
                                   "Hello, Party!"sv,
                                   "Daily Quotes"sv,
                                   "Gentleman's Corner"sv,
                                   "Little House on Main"sv,
                                   "Sketch Club"sv};
constexpr std::array poster_odd_names{"Nicki "sv,           "Mujer de 10 "sv,      "iElylike ..✿◕‿◕✿ஐ✿"sv,
                                      "Студия Уюта"sv,      "手作りの家"sv,        "Café Déco"sv,
                                      "María José ❤"sv,     "J. \"Ace\" Miller"sv, "أفكار منزلية"sv,
                                      "O’Neill’s Garage"sv, "𝓛𝓲𝓵𝔂 𝓑𝓵𝓸𝓰"sv,         "Zoë & Co. / Zürich"sv};
constexpr std::array text_hazards{" They said \"it can't be done\" - we did it."sv,
                                  " See C:\\Pictures\\Ideas for the originals."sv,
                                  " Love it! 😍🙌"sv,
                                  " Line one\nline two"sv,
                                  " Size:\t12 x 18 in"sv,
                                  " 5,237 points . 127 comments"sv,
                                  " <b>NEW</b> &amp; improved"sv,
                                  " 100% yours; DROP everything --"sv,
                                  " It’s 25°C – perfect…"sv,
                                  " {\"sku\": 42}"sv,
                                  " ½ cup, ¾ tsp"sv,
                                  " 中文说明 附图"sv};

}  // namespace

std::span<const Category> categories() {
    return all_categories;
}
Words openings() {
    return title_openings;
}
Words endings() {
    return title_endings;
}
Words sentences() {
    return description_sentences;
}
Words brands() {
    return poster_brands;
}
Words odd_names() {
    return poster_odd_names;
}
Words hazards() {
    return text_hazards;
}

}  // namespace pinflow::emulator::words
