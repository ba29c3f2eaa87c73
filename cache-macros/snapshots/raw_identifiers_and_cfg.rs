#[cfg(unix)]
#[allow(dead_code)]
pub(crate) async fn r#type(#[cfg(test)] r#in: u64, #[cfg(not(test))] r#in: u32) -> bool {
    static __FUNCTION: ::two_tier_cache::__private::Function = ::two_tier_cache::__private::Function::new(
        ::core::concat!(::core::module_path!(), "::", "r#type"),
        "type",
        {
            const __VALUE: ::core::time::Duration = TTL;
            __VALUE
        },
    );
    let caches = ::two_tier_cache::__private::current();
    match ::two_tier_cache::__private::attempt(
        &caches,
        &__FUNCTION,
        ::two_tier_cache::__private::Probe::<bool>::new()
            .__shape(&::two_tier_cache::__private::MessagePack),
        ::two_tier_cache::__private::Instance::new(
            ::core::any::type_name_of_val(&|| ()),
            &[],
        ),
        |key| {
            #[cfg(test)]
            {
                ::two_tier_cache::__private::part(key, &r#in);
            }
            #[cfg(not(test))]
            {
                ::two_tier_cache::__private::part(key, &r#in);
            }
        },
    ) {
        ::two_tier_cache::__private::Attempt::Hit(value) => value,
        ::two_tier_cache::__private::Attempt::Miss(miss) => {
            miss.load(async move {
                    let output: bool = if false {
                        return ::two_tier_cache::__private::never::<bool>();
                    } else {
                        { r#in == 0 }
                    };
                    #[allow(unreachable_code)] return output;
                })
                .await
        }
    }
}
///Invalidates what `r#type` caches for these arguments.
///
///It is under way when this returns. Its keys start with `type:`.
#[cfg(unix)]
#[allow(dead_code)]
#[allow(
    clippy::needless_pass_by_value,
    clippy::too_many_arguments,
    clippy::used_underscore_binding,
    dead_code,
    unused_mut,
    unused_variables
)]
pub(crate) fn invalidate_type(
    #[cfg(test)]
    r#in: impl ::two_tier_cache::KeyArg<u64>,
    #[cfg(not(test))]
    r#in: impl ::two_tier_cache::KeyArg<u32>,
) -> ::two_tier_cache::Invalidate {
    let caches = ::two_tier_cache::__private::current();
    ::two_tier_cache::__private::invalidate(
        &caches,
        "type",
        ::core::time::Duration::ZERO,
        false,
        |key| {
            #[cfg(test)]
            {
                ::two_tier_cache::__private::arg::<u64>(key, &r#in);
            }
            #[cfg(not(test))]
            {
                ::two_tier_cache::__private::arg::<u32>(key, &r#in);
            }
        },
    )
}
