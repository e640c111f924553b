from archwright.models.english import english_sentences


def test_sentences_are_whole_and_differ():
    sentences = english_sentences(100)
    assert len(set(sentences)) == 100
    assert all(40 <= len(one) <= 240 and one[0].isupper() and one[-1] in ".?!" for one in sentences)


def test_the_same_ones_come_again():
    assert english_sentences(30) == english_sentences(30)
