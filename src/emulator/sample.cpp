#include "emulator/sample.h"

#include "emulator/dice.h"
#include "emulator/known_rows.h"
#include "emulator/python_json.h"
#include "emulator/sample_words.h"

namespace pinflow::emulator {
namespace {

using words::Words;

enum Stream : uint64_t { pin_stream = 1, geo_stream, user_stream, poster_stream, person_stream };

void append_number(std::string& out, int64_t value) {
    fmt::format_to(std::back_inserter(out), "{}", value);
}

void append_hex(std::string& out, uint64_t value, int digits) {
    constexpr std::string_view alphabet = "0123456789abcdef";
    for (int shift = (digits - 1) * 4; shift >= 0; shift -= 4) out += alphabet[(value >> shift) & 15];
}

void append_two(std::string& out, int64_t value) {
    out += static_cast<char>('0' + value / 10);
    out += static_cast<char>('0' + value % 10);
}

// Days since 1970 to year, month, day: H. Hinnant, chrono-compatible low-level date algorithms.
void append_time(std::string& out, int64_t seconds) {
    const int64_t days = seconds / 86400 + 719468;
    const int64_t era_day = days % 146097;
    const int64_t era_year = (era_day - era_day / 1460 + era_day / 36524 - era_day / 146096) / 365;
    const int64_t year_day = era_day - (365 * era_year + era_year / 4 - era_year / 100);
    const int64_t shifted = (5 * year_day + 2) / 153;
    const int64_t month = shifted < 10 ? shifted + 3 : shifted - 9;
    append_number(out, era_year + days / 146097 * 400 + (month <= 2 ? 1 : 0));
    out += '-';
    append_two(out, month);
    out += '-';
    append_two(out, year_day - (153 * shifted + 2) / 5 + 1);
    const int64_t time = seconds % 86400;
    for (const auto& [sign, part] : {std::pair{' ', time / 3600}, {':', time / 60 % 60}, {':', time % 60}}) {
        out += sign;
        append_two(out, part);
    }
}

// A coordinate with six significant digits, as MySQL prints a FLOAT, from millionths of a degree.
void append_degrees(std::string& out, int64_t micro) {
    if (micro < 0) out += '-';
    micro = micro < 0 ? -micro : micro;
    const int whole_digits = micro >= 100'000'000 ? 3 : micro >= 10'000'000 ? 2 : 1;
    append_number(out, micro / 1'000'000);
    int64_t fraction = micro % 1'000'000;
    int64_t unit = 100'000;
    out += '.';
    for (int left = 6 - whole_digits; left > 0 && (fraction > 0 || unit == 100'000); --left, unit /= 10) {
        out += static_cast<char>('0' + fraction / unit);
        fraction %= unit;
    }
    while (out.ends_with('0') && out[out.size() - 2] != '.') out.pop_back();
}

void append_lower(std::string& out, std::string_view text) {
    for (const char c : text) out += c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
}

// What a pin is made of; all texts UTF-8. Reused by a thread, so that a row allocates nothing once warm.
struct Pin {
    const words::Category* category = nullptr;
    std::string title, description, poster, followers, tags, type, image;
    bool downloaded = true;

    void clear() {
        for (std::string* text : {&title, &description, &poster, &followers, &tags, &type, &image}) text->clear();
        downloaded = true;
    }
};

constexpr std::string_view no_tags = "N,o, ,T,a,g,s, ,A,v,a,i,l,a,b,l,e";

void fill_title(Pin& pin, Dice& dice) {
    if (dice.chance(30)) return void(pin.title = "No Title Data Available");
    if (dice.chance(3)) return;
    if (dice.chance(600)) {
        append_number(pin.title, dice.between(5, 101));
        pin.title += ' ';
    }
    pin.title += dice.pick(words::openings());
    pin.title += ' ';
    pin.title += dice.pick(pin.category->nouns);
    pin.title += dice.pick(words::endings());
}

void append_sentence(std::string& out, const Pin& pin, Dice& dice) {
    const std::string_view sentence = dice.pick(words::sentences());
    const size_t place = sentence.find("%n");
    if (place == sentence.npos) return void(out += sentence);
    out += sentence.substr(0, place);
    append_lower(out, dice.pick(pin.category->nouns));
    out += sentence.substr(place + 2);
}

void fill_description(Pin& pin, Dice& dice) {
    std::string& text = pin.description;
    if (dice.chance(14)) return void(text = "No description available");
    if (dice.chance(6)) return void(text = "No description available Story format");
    if (dice.chance(14)) return void(text = "Untitled");
    if (dice.chance(4)) return void(text = dice.chance(500) ? "" : "  ");
    const uint32_t sentences = 1 + dice.below(3);
    for (uint32_t i = 0; i < sentences; ++i) {
        if (i > 0) text += ' ';
        append_sentence(text, pin, dice);
    }
    if (dice.chance(60)) text += dice.pick(words::hazards());
    if (dice.chance(340)) text += "…\u00a0";  // cut off by the page it was read from
}

// A poster has one name and one number of followers, whichever of its pins is looked at.
void fill_poster(Pin& pin, Dice& dice, int64_t block) {
    if (dice.chance(10)) {
        pin.poster = pin.followers = "User Info Error";
        return;
    }
    Dice poster(poster_stream, static_cast<uint64_t>(block) * 4096 + dice.skewed(4096));
    const uint32_t shape = poster.below(100);
    if (shape < 25) {
        pin.poster = poster.pick(words::brands());
        if (shape < 15) pin.poster.append(" ").append(poster.pick(words::last_names()));
    } else if (shape < 30) {
        pin.poster = poster.pick(words::odd_names());
    } else {
        pin.poster = poster.pick(words::first_names());
        pin.poster.append(" ").append(poster.pick(words::last_names()));
        if (shape == 99) pin.poster += ' ';
    }
    const uint32_t size = poster.below(100);
    append_number(pin.followers, size < 22   ? poster.below(1000)
                                 : size < 92 ? 1 + poster.skewed(999)
                                             : 1 + poster.skewed(15));
    if (size >= 22) pin.followers += size < 92 ? 'k' : 'M';
}

void fill_tags(Pin& pin, Dice& dice) {
    if (dice.chance(70)) return void(pin.tags = no_tags);
    const uint32_t count = 7 + dice.below(3);
    for (uint32_t i = 0; i < count; ++i) {
        if (i > 0) pin.tags += ',';
        const Words tags = dice.chance(850) ? pin.category->tags : dice.pick(words::categories()).tags;
        pin.tags += dice.pick(tags);
    }
}

void fill_image(Pin& pin, Dice& dice) {
    const bool video = dice.chance(130);
    pin.type = video ? "video" : dice.chance(20) ? "multi-video(story page format)" : "image";
    if (dice.chance(10)) return void(pin.image = dice.chance(800) ? "Image src error." : "Image src error");
    const uint64_t high = dice.next();
    const uint64_t low = dice.next();
    pin.image = video ? "https://i.pinimg.com/videos/thumbnails/originals/" : "https://i.pinimg.com/originals/";
    for (const int shift : {56, 48, 40}) {
        append_hex(pin.image, high >> shift, 2);
        pin.image += '/';
    }
    append_hex(pin.image, high, 16);
    append_hex(pin.image, low, 16);
    pin.image += video ? ".0000001.jpg" : dice.chance(850) ? ".jpg" : ".png";
}

void make_story(Pin& pin) {
    pin.title = "No Title Data Available";
    pin.description = "No description available Story format";
    pin.poster = pin.followers = "User Info Error";
    pin.tags = no_tags;
    pin.type = "multi-video(story page format)";
    pin.image = "Image src error.";
    pin.downloaded = false;
}

void append_field(std::string& out, std::string_view key, std::string_view text) {
    out.append(", \"").append(key).append("\": ");
    append_python_string(out, text);
}

void append_uuid(std::string& out, uint64_t high, uint64_t low) {
    out += ", \"unique_id\": \"";
    append_hex(out, high >> 32, 8);
    out += '-';
    append_hex(out, high >> 16, 4);
    out += "-4";
    append_hex(out, high, 3);
    out += '-';
    append_hex(out, (low >> 48 & 0x3fff) | 0x8000, 4);
    out += '-';
    append_hex(out, low, 12);
    out += '"';
}

void append_pin(std::string& out, int64_t n) {
    thread_local Pin pin;
    pin.clear();
    Dice dice(pin_stream, static_cast<uint64_t>(n));
    pin.category = &words::categories()[dice.below(13)];
    out += "{\"index\": ";
    append_number(out, n);
    const uint64_t high = dice.next();
    append_uuid(out, high, dice.next());
    if (dice.chance(33)) {
        make_story(pin);
    } else {
        fill_title(pin, dice);
        fill_description(pin, dice);
        fill_poster(pin, dice, n / sample_rows);
        fill_tags(pin, dice);
        fill_image(pin, dice);
    }
    append_field(out, "title", pin.title);
    append_field(out, "description", pin.description);
    append_field(out, "poster_name", pin.poster);
    append_field(out, "follower_count", pin.followers);
    append_field(out, "tag_list", pin.tags);
    append_field(out, "is_image_or_video", pin.type);
    append_field(out, "image_src", pin.image);
    out += pin.downloaded ? ", \"downloaded\": 1" : ", \"downloaded\": 0";
    out.append(", \"save_location\": \"Local save in /data/").append(pin.category->name).append("\"");
    append_field(out, "category", pin.category->name);
    out += '}';
}

void append_geo(std::string& out, int64_t n) {
    Dice dice(geo_stream, static_cast<uint64_t>(n));
    out += "{\"ind\": ";
    append_number(out, n);
    out += ", \"timestamp\": \"";
    append_time(out, 1'506'816'000 + dice.between(0, 160'531'199));  // 2017-10-01 to 2022-10-31
    out += "\", \"latitude\": ";
    append_degrees(out, dice.between(0, 180'000'000) - 90'000'000);
    out += ", \"longitude\": ";
    append_degrees(out, dice.between(0, 360'000'000) - 180'000'000);
    const Words countries = words::countries();
    const auto count = static_cast<uint32_t>(countries.size());
    // The real table has far more rows at the start of the alphabet.
    const uint32_t country = dice.chance(500) ? dice.below(count) : std::min(dice.skewed(count), dice.skewed(count));
    append_field(out, "country", countries[country]);
    out += '}';
}

void append_user(std::string& out, int64_t n) {
    Dice dice(user_stream, static_cast<uint64_t>(n));
    // Of 11,154 rows about half are persons seen before.
    Dice person(person_stream, static_cast<uint64_t>(n / sample_rows) * 6500 + dice.below(6500));
    out += "{\"ind\": ";
    append_number(out, n);
    append_field(out, "first_name", person.pick(words::first_names()));
    append_field(out, "last_name", person.pick(words::last_names()));
    out += ", \"age\": ";
    append_number(out, 18 + person.skewed(42));
    out += ", \"date_joined\": \"";
    append_time(out, 1'445'385'600 + person.skewed(63'071'999));  // 2015-10-21 to 2017-10-19
    out += "\"}";
}

}  // namespace

void append_sample_row(std::string& out, Kind kind, int64_t n) {
    if (n < sample_rows) {
        if (const std::string_view known = known_row(kind, n); !known.empty()) return void(out += known);
    }
    switch (kind) {
        case Kind::pin:
            return append_pin(out, n);
        case Kind::geo:
            return append_geo(out, n);
        case Kind::user:
            return append_user(out, n);
    }
}

}  // namespace pinflow::emulator
