//! Expansions as they are, so that a change of them is seen. `cargo xtask bless` writes them anew.

use expect_test::expect_file;
use proc_macro2::TokenStream;
use quote::quote;

use crate::expand::two_tier_cached;

fn expanded(options: &TokenStream, item: &TokenStream) -> String {
    let tokens = two_tier_cached(options, item);
    let file = syn::parse2(tokens).expect("an expansion is items");
    prettyplease::unparse(&file)
}

/// Expands an item that stands among the members of an `impl` block.
fn expanded_in_impl(options: &TokenStream, item: &TokenStream) -> String {
    let tokens = two_tier_cached(options, item);
    let file = syn::parse2(quote!(impl Users { #tokens })).expect("an expansion is members");
    prettyplease::unparse(&file)
}

#[test]
fn free_function() {
    let expanded = expanded(
        &quote!(prefix = "user", ttl = CUSTOMER_PROFILE, skip(db)),
        &quote! {
            /// Loads a user.
            #[tracing::instrument]
            pub async fn load(db: &Db, id: u64, name: &str) -> Result<User, Error> {
                db.find(id, name).await
            }
        },
    );
    expect_file!["../snapshots/free_function.rs"].assert_eq(&expanded);
}

#[test]
fn method() {
    let expanded = expanded_in_impl(
        &quote! {
            prefix = "user", ttl = TTL, key(self.tenant, email.to_lowercase()),
            manager = self.caches, invalidate = forget, none_ttl = SHORT, jitter = 0.1,
            settle = LAG, near = NEAR, codec = Json, version = 2, verbose, crate = ::cache
        },
        &quote! {
            async fn by_email(&self, mut email: String) -> Option<Self> {
                email.push('x');
                self.find(email).await
            }
        },
    );
    expect_file!["../snapshots/method.rs"].assert_eq(&expanded);
}

#[test]
fn generics_and_lifetimes() {
    let expanded = expanded(
        &quote!(prefix = "page", ttl = TTL, skip(db)),
        &quote! {
            async fn page<'a, E, K>(db: E, of: &'a K, tags: &[&str]) -> Result<Vec<u8>, K::Error>
            where
                E: Executor + 'a,
                K: Kind,
            {
                db.page(of, tags).await
            }
        },
    );
    expect_file!["../snapshots/generics_and_lifetimes.rs"].assert_eq(&expanded);
}

#[test]
fn raw_identifiers_and_cfg() {
    let expanded = expanded(
        &quote!(prefix = "type", ttl = TTL),
        &quote! {
            #[cfg(unix)]
            #[allow(dead_code)]
            pub(crate) async fn r#type(#[cfg(test)] r#in: u64, #[cfg(not(test))] r#in: u32) -> bool {
                r#in == 0
            }
        },
    );
    expect_file!["../snapshots/raw_identifiers_and_cfg.rs"].assert_eq(&expanded);
}

#[test]
fn all_siblings() {
    let expanded = expanded(
        &quote! {
            prefix = "user", ttl = TTL, skip(db),
            also(set, exists, refresh, invalidate_where, invalidate_all)
        },
        &quote! {
            pub async fn load(db: &Db, tenant: u32, id: u64) -> Result<Option<User>, Error> {
                db.find(tenant, id).await
            }
        },
    );
    expect_file!["../snapshots/all_siblings.rs"].assert_eq(&expanded);
}

#[test]
fn impl_block_of_a_trait() {
    let expanded = expanded(
        &quote!(),
        &quote! {
            impl<T: Table> Repository for Sql<T> {
                type Id = T::Id;

                /// Finds a row.
                #[two_tier_cached(prefix = "row", ttl = TTL)]
                async fn find(&self, id: Self::Id) -> Result<T, Error> {
                    self.query(id).await
                }
            }
        },
    );
    expect_file!["../snapshots/impl_block_of_a_trait.rs"].assert_eq(&expanded);
}

#[test]
fn rewritten_by_async_trait() {
    let expanded = expanded_in_impl(
        &quote!(prefix = "row", ttl = TTL, key(self.tenant, id), invalidate = none),
        &quote! {
            fn find<'life0, 'async_trait>(
                &'life0 self,
                id: u64,
            ) -> ::core::pin::Pin<Box<
                dyn ::core::future::Future<Output = Result<Row, Error>>
                    + ::core::marker::Send
                    + 'async_trait,
            >>
            where
                'life0: 'async_trait,
                Self: 'async_trait,
            {
                Box::pin(async move {
                    if let ::core::option::Option::Some(__ret) =
                        ::core::option::Option::None::<Result<Row, Error>>
                    {
                        #[allow(unreachable_code)]
                        return __ret;
                    }
                    let __self = self;
                    let id = id;
                    let __ret: Result<Row, Error> = { __self.query(id).await };
                    #[allow(unreachable_code)]
                    __ret
                })
            }
        },
    );
    expect_file!["../snapshots/rewritten_by_async_trait.rs"].assert_eq(&expanded);
}

#[test]
fn detached() {
    let expanded = expanded_in_impl(
        &quote!(prefix = "user", ttl = TTL, detached),
        &quote! {
            async fn load(&self, name: &str, by: Option<&str>, at: Cow<'_, str>) -> Option<User> {
                self.db.find(name, by, at).await
            }
        },
    );
    expect_file!["../snapshots/detached.rs"].assert_eq(&expanded);
}

#[test]
fn mistakes() {
    let expanded = expanded(
        &quote!(prefix = "User", ttl = 300, skip(dbb)),
        &quote! {
            /// Stays as it is.
            pub async fn load(db: &mut Db, id: u64) -> User {
                db.find(id).await
            }
        },
    );
    expect_file!["../snapshots/mistakes.rs"].assert_eq(&expanded);
}

/// While it is typed, a body need not parse: its tokens are there once, as they are.
#[test]
fn a_body_that_does_not_parse_yet_is_passed_on_once() {
    let tokens = two_tier_cached(
        &quote!(prefix = "user", ttl = TTL),
        &quote! {
            async fn load(id: u64) -> User {
                let row = db. unfinished
                match
            }
        },
    );
    let text = tokens.to_string();
    assert_eq!(text.matches("let row = db . unfinished match").count(), 1, "{text}");
    assert!(text.starts_with("async fn load"), "the function comes first: {text}");
    assert!(text.contains("fn invalidate_load"), "{text}");
}
