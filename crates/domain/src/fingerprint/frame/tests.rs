//! The names of frames as senders write them.

use super::Place;
use crate::signal::Frame;

fn place(module: &str, function: &str) -> (String, String) {
    let place = Place::of(&Frame { module: module.into(), function: function.into() }, None);
    (place.module, place.function)
}

#[test]
fn functions_of_each_language_lose_what_machines_added() {
    for (name, stable) in [
        ("total", "total"),
        // Python
        ("<module>", "<module>"),
        ("<lambda>", "<lambda>"),
        ("total.<locals>.inner", "total.<locals>.inner"),
        // JavaScript
        ("async total", "total"),
        ("new Cart", "Cart"),
        ("Object.total", "total"),
        ("Cart.total [as onClick]", "Cart.total"),
        ("Array.<anonymous>", "?"),
        ("Cart.<anonymous>", "Cart.?"),
        ("<anonymous>", "?"),
        ("async Promise.all (index 0)", "Promise.all"),
        ("async*total", "total"),
        ("total/<", "total"),
        ("_callee2$", "?"),
        ("", "?"),
        // The JVM
        ("lambda$total$0", "lambda$total"),
        ("lambda$total$17", "lambda$total"),
        ("access$000", "access"),
        ("$anonfun$total$1", "$anonfun$total"),
        ("<init>", "<init>"),
        // Go
        ("main.(*Server).Serve", "main.(*Server).Serve"),
        ("main.(*Server).Serve.func1", "main.(*Server).Serve.func"),
        ("main.(*Server).Serve.func1.2", "main.(*Server).Serve.func"),
        ("main.Serve.func3.gowrap1", "main.Serve.func"),
        ("main.init.0", "main.init"),
        ("glob..func1", "glob.func"),
        ("(*Server).Serve-fm", "(*Server).Serve"),
        ("Map[...]", "Map"),
        ("Map[go.shape.int,go.shape.string].func1", "Map.func"),
        ("(*Cache[...]).Get", "(*Cache).Get"),
        ("func1", "func1"),
        // Ruby
        ("block in total", "total"),
        ("block (2 levels) in Cart#total", "Cart#total"),
        ("rescue in block in total", "total"),
        ("<top (required)>", "<top (required)>"),
        ("_app_views_carts_show_html_erb___1234567890123_45678", "_app_views_carts_show_html_erb#"),
        ("_app_views_carts_show_html_erb__998877665544_9120", "_app_views_carts_show_html_erb#"),
        ("Cart#total", "Cart#total"),
        // PHP
        ("Shop\\Cart::total", "Shop\\Cart::total"),
        ("Shop\\{closure}", "Shop\\{closure}"),
        ("Shop\\Cart::{closure}", "Shop\\Cart"),
        ("{closure:Shop\\Cart::total():42}", "Shop\\Cart::total"),
        // C#
        ("<Checkout>d__12.MoveNext", "Checkout"),
        ("<>c__DisplayClass5_0.<Checkout>b__0", "Checkout"),
        ("<>c.<Checkout>b__3_1", "Checkout"),
        ("<Checkout>g__Tax|5_0", "Checkout.Tax"),
        ("async Task<Order> CartService.Checkout(int id)", "CartService.Checkout"),
        ("void CartService.Checkout(int id)+MoveNext()", "CartService.Checkout"),
        ("Get<T>", "Get"),
        // Rust
        ("shop::cart::total::h0123456789abcdef", "shop::cart::total"),
        ("shop::cart::total::{{closure}}", "shop::cart::total"),
        ("shop::cart::total::{closure#0}::{closure#1}", "shop::cart::total"),
        ("shop[0f1e2d3c4b5a6978]::cart::total", "shop::cart::total"),
        ("shop::cart::total::<u32>", "shop::cart::total"),
        ("<shop::Cart as shop::Total>::total", "<shop::Cart as shop::Total>::total"),
        ("core::ops::function::FnOnce::call_once{{vtable.shim}}", "core::ops::function::FnOnce::call_once"),
        // Native
        ("std::vector<int, std::allocator<int>>::push_back(int const&)", "std::vector::push_back"),
        ("void shop::Cart::total(int, std::string const&) const", "shop::Cart::total"),
        ("shop::(anonymous namespace)::total(int)", "shop::(anonymous namespace)::total"),
        ("shop::Cart::operator()", "shop::Cart::operator"),
        ("shop::Cart::operator<", "shop::Cart::operator<"),
        ("shop::total(int)::{lambda(int)#1}::operator()(int) const", "shop::total(int)::operator()"),
        ("total.cold.1", "total"),
        ("total.constprop.0.isra.3", "total"),
        ("total + 123", "total"),
        ("total+0x1a", "total"),
        ("0x7fff1234abcd", "?"),
        ("<unknown>", "?"),
        ("-[Cart total:]", "-[Cart total:]"),
        ("__45-[Cart total:]_block_invoke_2", "-[Cart total:]"),
        ("closure #1 in CartView.total()", "CartView.total"),
        ("closure #2 (Int) -> Int in closure #1 in CartView.total()", "CartView.total"),
        ("anonymous fn/2 in Shop.Cart.total/1", "Shop.Cart.total/1"),
    ] {
        assert_eq!(place("m", name).1, stable, "{name:?}");
    }
}

#[test]
fn modules_of_each_language_lose_root_release_and_hash() {
    for (name, stable) in [
        ("shop.cart", "shop.cart"),
        ("shop/cart.py", "shop/cart.py"),
        ("/srv/releases/20261120093000/app/models/user.rb", "app/models/user.rb"),
        ("/home/bob/shop/app/models/user.rb:12", "app/models/user.rb"),
        ("C:\\build\\shop\\Cart.cs", "build/shop/Cart.cs"),
        ("app:///main.3f2a1c.js", "main.#.js"),
        ("https://cdn-1.shop.example/assets/main.3f2a9c1b.js?v=3", "assets/main.#.js"),
        ("https://shop.example/assets/index-DkX3f2a9.js", "assets/index-#.js"),
        ("https://shop.example/assets/index-B_x-3f2a.js", "assets/index-#.js"),
        ("app:///chunk-ABC123XY.js", "chunk-#.js"),
        ("app:///static/js/1234.abcdef12.chunk.js", "static/js/#.#.chunk.js"),
        ("app:///cart-settings.js", "cart-settings.js"),
        ("app:///handler2.js", "handler2.js"),
        ("app:///es2015.js", "es2015.js"),
        ("webpack:///./src/cart.ts", "src/cart.ts"),
        ("webpack-internal:///(rsc)/./src/cart.ts", "src/cart.ts"),
        ("webpack://shop/src/cart.ts?3f2a", "src/cart.ts"),
        ("https://shop.example", "?"),
        ("com.acme.Cart$$EnhancerBySpringCGLIB$$3f2a1c9b", "com.acme.Cart"),
        ("com.acme.Cart$$SpringCGLIB$$0", "com.acme.Cart"),
        ("com.acme.Cart$$Lambda$14/0x00000008000c1234", "com.acme.Cart"),
        ("com.acme.Cart_$$_javassist_12", "com.acme.Cart"),
        ("com.acme.Cart$1", "com.acme.Cart"),
        ("com.acme.Cart$load$2", "com.acme.Cart$load"),
        ("com.acme.Cart$Item", "com.acme.Cart$Item"),
        ("jdk.proxy2.$Proxy88", "jdk.proxy2.$Proxy"),
        ("github.com/acme/shop/v2/cart", "github.com/acme/shop/v2/cart"),
        ("github.com/acme/shop@v1.2.3/cart.go", "github.com/acme/shop/cart.go"),
        ("Shop\\Http\\Cart", "Shop\\Http\\Cart"),
        ("Acme.Shop.List`1", "Acme.Shop.List"),
        ("/usr/lib/libshop.so.1.2.3", "usr/lib/libshop.so"),
        ("/var/Bundle/Application/550e8400-e29b-41d4-a716-446655440000/Shop.app/Shop", "#/Shop.app/Shop"),
        ("", "?"),
    ] {
        assert_eq!(place(name, "total").0, stable, "{name:?}");
    }
}

#[test]
fn a_state_machine_is_the_method_that_it_was_made_from() {
    let method = ("Acme.Cart".to_owned(), "Checkout".to_owned());
    assert_eq!(place("Acme.Cart", "Checkout"), method);
    assert_eq!(place("Acme.Cart+<Checkout>d__12", "MoveNext"), method);
    assert_eq!(place("Acme.Cart+<Checkout>d__7", "MoveNext"), method);
    assert_eq!(place("Acme.Cart+<>c__DisplayClass5_0", "<Checkout>b__0"), method);
    assert_eq!(place("Acme.Cart+<>c__DisplayClass5_0+<<Checkout>b__0>d", "MoveNext"), method);
}

#[test]
fn minified_names_say_nothing() {
    assert_eq!(place("app:///main.3f2a1c.js", "t").1, "?");
    assert_eq!(place("app:///main.3f2a1c.js", "t.total").1, "total");
    assert_eq!(place("app:///main.3f2a1c.js", "aBc").1, "?");
    assert_eq!(place("app:///main.js", "run").1, "run");
    assert_eq!(place("shop.cart", "t").1, "t", "elsewhere a short name is a name");
}

#[test]
fn hostile_names_are_bounded_and_stay_apart() {
    for name in [
        "<".repeat(1_000_000),
        "[a".repeat(500_000),
        "{".repeat(1_000_000),
        "$$".repeat(9),
        ")".repeat(300),
        "::h".repeat(300),
    ] {
        let (module, function) = place(&name, &name);
        assert!(module.len() <= 600 && function.len() <= 600);
    }
    assert_eq!(place("a\u{0}b", "to\u{202e}tal"), ("a b".into(), "total".into()));
}
